import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AXE_RUN, AXE_SOURCE } from '../support/axe';
import { PreviewBrowser } from '../support/preview/browser';
import { MICROPHONE_SCENES, SCENES } from '../support/preview/scenes';

const NARROW = { width: 320, height: 560 };
const NAMES = [...Object.keys(SCENES), ...MICROPHONE_SCENES];

let preview: PreviewBrowser;
let page: Page;

beforeAll(async () => {
  preview = await PreviewBrowser.launch(NARROW);
  page = preview.page;
});
afterAll(() => preview?.close());

async function open(scene: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await preview.open(scene);
  await page.evaluate(AXE_SOURCE);
}

const violations = () => page.evaluate<string[]>(`(${AXE_RUN})()`);

/** Elements that reach beyond the page, or hide a part of their text sideways without an ellipsis to say so. */
function cutOff(): Promise<string[]> {
  return page.evaluate(() => {
    const edge = document.documentElement.clientWidth;
    const name = (element: Element) => `${element.tagName} ${element.className} ${element.textContent?.slice(0, 40)}`;
    return [...document.querySelectorAll('#app *')]
      .filter((element) => {
        const style = getComputedStyle(element);
        if (style.clipPath !== 'none' || element.closest('svg, input')) return false;
        const box = element.getBoundingClientRect();
        const isBeyond = box.right > edge + 1 || box.left < -1;
        const isSqueezed = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
        const isHidden = isSqueezed && style.overflowX !== 'visible' && style.textOverflow !== 'ellipsis';
        return isBeyond || isHidden;
      })
      .map(name);
  });
}

function smallTargets(): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('button, input, textarea, a')]
      .filter((element) => {
        if (!element.checkVisibility()) return false;
        const target = element.closest('label') ?? element;
        const grown = getComputedStyle(element, '::after').position === 'absolute' ? element.closest('header') : null;
        const box = (grown ?? target).getBoundingClientRect();
        return box.width < 24 || box.height < 24;
      })
      .map((element) => element.outerHTML),
  );
}

describe.each(NAMES)('%s', (name) => {
  beforeAll(() => open(name));

  it('has no accessibility violation, light or dark', async () => {
    expect(await violations()).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations()).toEqual([]);
  });

  it('fits 320 px, from right to left, and 200 % text, without cutting anything off', async () => {
    expect(await cutOff()).toEqual([]);
    expect(await smallTargets()).toEqual([]);
    await page.evaluate(() => {
      document.documentElement.dir = 'rtl';
    });
    expect(await cutOff()).toEqual([]);
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    expect(await cutOff()).toEqual([]);
  });
});

it('the page would be told of a violation', async () => {
  await open('list');
  await page.evaluate(() => document.querySelector('button')?.removeAttribute('aria-label'));
  await page.evaluate(() => document.querySelector('button')?.removeAttribute('title'));
  expect((await violations()).join()).toContain('button-name');
});
