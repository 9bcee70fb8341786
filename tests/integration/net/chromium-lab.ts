/** The lab in a real headless Chromium whose microphone plays a 1 kHz tone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { requireBrowser } from '../../support/browsers-installed';
import { serveLab } from './lab-server';

const SAMPLE_RATE = 48_000;

export interface ChromiumLab {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

export async function openChromiumLab(): Promise<ChromiumLab> {
  const folder = mkdtempSync(join(tmpdir(), 'net-lab-'));
  const tone = join(folder, 'tone.wav');
  writeFileSync(tone, toneWav(1000, 5));
  const server = await serveLab();
  const browser = await chromium.launch({
    executablePath: requireBrowser('chromium'),
    args: [
      '--no-sandbox',
      '--allow-loopback-in-peer-connection',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-audio-capture=${tone}`,
    ],
  });
  return {
    async newPage() {
      const page = await browser.newPage();
      await page.goto(server.url);
      return page;
    },
    async close() {
      await browser.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** 16-bit mono PCM at half of full scale. */
function toneWav(frequencyHz: number, seconds: number): Buffer {
  const samples = SAMPLE_RATE * seconds;
  const wav = Buffer.alloc(44 + samples * 2);
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
    wav.writeInt16LE(Math.round(16_383 * Math.sin((2 * Math.PI * frequencyHz * i) / SAMPLE_RATE)), 44 + i * 2);
  return wav;
}
