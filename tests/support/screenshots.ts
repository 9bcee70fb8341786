/** Draws every scene of the preview into `.shots/`: `tsx tests/support/screenshots.ts [part of a scene's name]`. */
import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { MICROPHONE_SCENES, SCENES } from './preview/scenes';
import { servePreview } from './preview/serve';

const SIZES = [
  { width: 320, height: 560 },
  { width: 360, height: 640 },
  { width: 480, height: 640 },
];
const wanted = process.argv[2] ?? '';
const scenes = [...Object.keys(SCENES), ...MICROPHONE_SCENES].filter((name) => name.includes(wanted));

await mkdir('.shots', { recursive: true });
const preview = await servePreview();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ colorScheme, timezoneId: 'UTC', deviceScaleFactor: 1 });
    const page = await context.newPage();
    for (const name of scenes) {
      await page.setViewportSize(SIZES[0] ?? { width: 320, height: 560 });
      await page.goto('about:blank');
      await page.goto(`${preview.url}#${name}`);
      await page.waitForSelector(`html[data-ready="${name}"]`);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.screenshot({ path: `.shots/${name}-${colorScheme}-${size.width}.png` });
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
  await preview.close();
}
process.stdout.write(`${scenes.length} scenes in .shots/\n`);
