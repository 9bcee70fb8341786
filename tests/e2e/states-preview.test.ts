/** What a conversation looks like with somebody blocked, and with oneself; over the preview's background. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servePreview } from '../support/preview/serve';

let preview: Awaited<ReturnType<typeof servePreview>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  preview = await servePreview();
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  page = await (await browser.newContext({ timezoneId: 'UTC', viewport: { width: 360, height: 640 } })).newPage();
  await page.emulateMedia({ reducedMotion: 'reduce' });
});

afterAll(async () => {
  await browser?.close();
  await preview?.close();
});

async function open(name: string): Promise<void> {
  await page.goto('about:blank');
  await page.goto(`${preview.url}#${name}`);
  await page.waitForSelector(`html[data-ready="${name}"]`);
}

const button = (name: string | RegExp) => page.getByRole('button', { name });
const screen = () => page.locator('main').innerText();

describe('a conversation with somebody blocked', () => {
  it('says so in the composer’s place, and one press unblocks them', async () => {
    await open('chat-blocked');
    expect(await page.locator('textarea').count()).toBe(0);
    expect(await screen()).toContain('You have blocked Jun. Nothing is sent or fetched.');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Unblock Jun');
    await page.keyboard.press('Enter');
    await page.locator('textarea').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    expect(await button('Unblock Jun').count()).toBe(0);
  });

  it('offers nothing that would be sent to them', async () => {
    await open('chat-menu-blocked');
    const offered = await page.locator('[role=menuitem]').evaluateAll((all) => all.map((each) => each.getAttribute('data-item')));
    expect(offered).toEqual(['copy', 'forward', 'details', 'delete-me', 'delete-everyone']);
  });
});

describe('the notes to oneself', () => {
  const avatarOf = (place: string) => page.locator(place).locator('svg').first();

  it('are called so in the list, at the top of their conversation and where one forwards, under a sign instead of letters', async () => {
    await open('list-notes');
    const row = page.locator('li', { hasText: 'Notes to self' });
    expect(await row.innerText()).toMatch(/^Notes to self\s+14:01\s+Buy string\.$/u);
    expect(await avatarOf('li:has-text("Notes to self")').count()).toBe(1);
    expect(await button(/^Notes to self/u).count()).toBe(1);
    await open('chat-notes');
    expect(await page.locator('h1').innerText()).toBe('Notes to self');
    expect(await page.locator('main').getAttribute('aria-label')).toBe('Notes to self');
    await open('chat-forward-notes');
    expect(await page.getByRole('dialog').getByLabel('Notes to self').count()).toBe(1);
  });

  it('are found by how their words begin', async () => {
    await open('search-notes');
    await page.getByText('People: 1').waitFor();
    expect(await page.getByRole('list', { name: 'Contacts' }).innerText()).toContain('Notes to self');
  });

  it('have no other device, reader or server in what is said of them', async () => {
    await open('choices-notes');
    expect(await page.locator('h1').innerText()).toBe('Choices for your notes');
    expect(await screen()).not.toMatch(/device|server|read\b/u);
    await open('chat-notes-expiry');
    await page.getByLabel('1 day').check();
    const sheet = () => page.getByRole('dialog').innerText();
    expect(await sheet()).not.toMatch(/both devices|server|is read/u);
    await button('Start').click();
    expect(await sheet()).toContain('vanish 1 day after writing');
    expect(await sheet()).not.toMatch(/both devices|server|is read/u);
  });
});

describe('a conversation marked as unread', () => {
  const row = () => page.locator('li button', { hasText: 'Tomás' });
  const unread = async () => /unread/u.test((await row().textContent()) ?? '');

  it('from its row’s menu looks so until it is opened, or marked as read', async () => {
    await open('list-menu');
    expect(await unread()).toBe(false);
    await page.getByRole('menuitem', { name: 'Mark as unread' }).click();
    await expect.poll(unread).toBe(true);
    await row().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Mark as read' }).click();
    await expect.poll(unread).toBe(false);
    await row().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Mark as unread' }).click();
    await row().click();
    await page.locator('textarea').waitFor();
    await page.keyboard.press('Escape');
    await row().waitFor();
    expect(await unread()).toBe(false);
  });
});

describe('what is shown by a shape alone', () => {
  it('is there in forced colours too', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    await open('list-marked');
    const [shape, around] = await page.evaluate(() => {
      const mark = [...document.querySelectorAll('li span')].find((each) => each.textContent === 'Marked as unread');
      const colour = (element: Element | null | undefined) => element && getComputedStyle(element).backgroundColor;
      return [colour(mark), colour(document.body)];
    });
    await page.emulateMedia({ forcedColors: 'none' });
    expect(shape).toMatch(/^rgb\(/u);
    expect(shape).not.toBe(around);
  });

  it('is one ring around what has the focus, also in a sheet that came later', async () => {
    await open('chat-forward');
    const box = page.getByRole('dialog').getByRole('textbox');
    await box.focus();
    const rings = await box.evaluate((input) => [input, input.parentElement ?? input].map((each) => getComputedStyle(each).outlineStyle));
    expect(rings).toEqual(['none', 'solid']);
  });
});
