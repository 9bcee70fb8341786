/** A part of a page that the browser can't load, as from a disk that fails. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PreviewBrowser } from '../support/preview/browser';
import { word } from '../support/walk';

let preview: PreviewBrowser;
let page: Page;

beforeAll(async () => {
  preview = await PreviewBrowser.launch({ width: 360, height: 640 });
  page = preview.page;
});
afterAll(() => preview?.close());
beforeEach(() => page.unrouteAll());

it.each([
  ['SettingsScreen', 'settings', 'Settings'],
  ['ChatOverlay', 'chat-keys', 'Keys'],
])('without %s a page says so, and loads it when asked to', async (part, scene, heading) => {
  const isThere = () => page.getByRole('heading', { name: heading, exact: true }).isVisible();
  await page.route(`**/${part}-*.js`, (route) => route.abort());
  await preview.open(scene);
  expect(await page.getByRole('alert').innerText()).toBe(word('part_missing'));
  expect(await isThere()).toBe(false);
  await page.unrouteAll();
  await page.getByRole('button', { name: word('part_reload') }).click();
  await expect.poll(isThere).toBe(true);
  expect(await page.getByText(word('part_missing')).count()).toBe(0);
});
