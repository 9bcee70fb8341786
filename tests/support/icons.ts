/**
 * Draws the product's icons into `components/public/icon/` from the SVG sources beside them: `tsx tests/support/icons.ts`.
 * What it writes is committed; run it again when a source changes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

const FOLDER = new URL('../../components/public/icon/', import.meta.url);
const INK = { light: '#3f3d38', dark: '#f1efea' } as const;

async function drawPng(page: Page, svg: string, size: number, path: string): Promise<void> {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<body style="margin:0;background:transparent">${svg.replace('<svg', `<svg width="${size}" height="${size}" style="display:block"`)}`,
  );
  await writeFile(fileURLToPath(new URL(path, FOLDER)), await page.screenshot({ omitBackground: true }));
}

const read = (name: string) => readFile(new URL(name, FOLDER), 'utf8');
const [full, toolbar] = await Promise.all([read('tincan.svg'), read('toolbar.svg')]);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ deviceScaleFactor: 1 });
  for (const size of [16, 32, 48, 128]) await drawPng(page, size < 48 ? toolbarOnTile(toolbar) : full, size, `${size}.png`);
  for (const theme of ['light', 'dark'] as const)
    for (const size of [16, 32]) await drawPng(page, toolbar.replaceAll('currentColor', INK[theme]), size, `toolbar-${theme}-${size}.png`);
} finally {
  await browser.close();
}

/** At 16 and 32 pixels the full drawing blurs: the toolbar's, white on the product's colour, stays clear. */
function toolbarOnTile(svg: string): string {
  const tile = '<rect width="16" height="16" rx="3.5" fill="#0f6b60"/>';
  return svg
    .replaceAll('currentColor', '#ffffff')
    .replace(/(<svg[^>]*>)/u, `$1${tile}<g transform="translate(1.2 1.3) scale(.85)">`)
    .replace('</svg>', '</g></svg>');
}
