/** The lab in a real headless Chromium whose microphone plays a 1 kHz tone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { requireBrowser } from '../../support/browsers-installed';
import { toneWav } from '../../support/tone';
import { serveLab } from './lab-server';

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
