/** A tone for a fake microphone to play. */

const SAMPLE_RATE = 48_000;
const WAV_HEADER_BYTES = 44;

/** 16-bit mono PCM at half of full scale. A whole number of seconds loops without a click. */
export function toneWav(frequencyHz: number, seconds: number): Buffer {
  const samples = SAMPLE_RATE * seconds;
  const wav = Buffer.alloc(WAV_HEADER_BYTES + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(SAMPLE_RATE, 24);
  wav.writeUInt32LE(SAMPLE_RATE * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++)
    wav.writeInt16LE(Math.round(16_383 * Math.sin((2 * Math.PI * frequencyHz * i) / SAMPLE_RATE)), WAV_HEADER_BYTES + i * 2);
  return wav;
}
