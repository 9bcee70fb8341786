/** The product's own sound: two soft notes, computed, so that no file is needed. */

const NOTES: readonly (readonly [startSeconds: number, hz: number])[] = [
  [0, 659.25],
  [0.11, 880],
];
const NOTE_SECONDS = 0.28;
const ATTACK_SECONDS = 0.008;
/** Quieter than speech at full scale. */
const PEAK = 0.22;

/** Mono, between -1 and 1; begins and ends in silence, so that nothing clicks. */
export function chimeSamples(sampleRate: number): Float32Array<ArrayBuffer> {
  const [lastStart] = NOTES[NOTES.length - 1] ?? [0];
  const samples = new Float32Array(Math.ceil((lastStart + NOTE_SECONDS) * sampleRate));
  for (const [start, hz] of NOTES) {
    const from = Math.round(start * sampleRate);
    for (let i = 0; i < NOTE_SECONDS * sampleRate && from + i < samples.length; i++) {
      const t = i / sampleRate;
      const envelope = Math.min(1, t / ATTACK_SECONDS) * (1 - t / NOTE_SECONDS) ** 2;
      samples[from + i] = (samples[from + i] ?? 0) + PEAK * envelope * Math.sin(2 * Math.PI * hz * t);
    }
  }
  return samples;
}

export function chime(): void {
  const context = new AudioContext();
  const samples = chimeSamples(context.sampleRate);
  const buffer = context.createBuffer(1, samples.length, context.sampleRate);
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.onended = () => void context.close();
  source.connect(context.destination);
  source.start();
}
