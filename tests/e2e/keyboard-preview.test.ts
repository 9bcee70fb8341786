import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PreviewBrowser } from '../support/preview/browser';

let preview: PreviewBrowser;
let page: Page;

beforeAll(async () => {
  preview = await PreviewBrowser.launch({ width: 360, height: 640 });
  page = preview.page;
});
afterAll(() => preview?.close());

const open = (scene: string) => preview.open(scene);
const press = (...keys: string[]) => preview.press(...keys);

/** What has the focus, by its text or its label. */
const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
const heading = () => page.locator('h1').innerText();
const bubbles = () => page.locator('[role=log] article p').allInnerTexts();
const scrollOf = () =>
  page.locator('[role=log]').evaluate((log) => ({ top: log.scrollTop, fromEnd: log.scrollHeight - log.scrollTop - log.clientHeight }));

describe('the list', () => {
  it('is one stop for Tab, in which the arrows move', async () => {
    await open('list');
    await page.getByRole('textbox', { name: 'Search messages and people' }).focus();
    await press('Tab');
    expect(await focused()).toContain('Sam Ito');
    await press('ArrowDown');
    expect(await focused()).toContain('Mara Okafor');
    await press('End');
    expect(await focused()).toContain('Tomás');
    await press('ArrowDown', 'Home', 'ArrowUp');
    expect(await focused()).toContain('Sam Ito');
  });

  it('gives the focus back to the row of the conversation that was left', async () => {
    await open('list');
    await page.locator('li button', { hasText: 'Jun Li' }).focus();
    await press('Enter');
    await expect.poll(focused).toBe('Message Jun Li');
    await press('Escape');
    await expect.poll(focused).toContain('Jun Li');
  });
});

describe('what is folded away', () => {
  it('opens and closes with Enter, and is led through like the list', async () => {
    await open('list-kept');
    expect(await page.getByText('Tomás').count()).toBe(0);
    const fold = page.getByRole('button', { name: 'Archived (1)' });
    await fold.focus();
    await press('Enter', 'Tab');
    expect(await focused()).toContain('Tomás');
    await fold.focus();
    await press('Enter');
    expect(await page.getByText('Tomás').count()).toBe(0);
  });

  it('opens a row’s menu by the menu key, whose last line leads to the choices; Esc gives the focus back', async () => {
    await open('list-kept');
    await page.locator('li button', { hasText: 'Mara' }).focus();
    await press('ContextMenu');
    await expect.poll(focused).toBe('Mark as read');
    await press('Escape');
    expect(await focused()).toContain('Mara');
    await press('ContextMenu', 'ArrowUp', 'Enter');
    await expect.poll(() => page.getByRole('heading', { name: 'In your list' }).count()).toBe(1);
  });
});

describe('Escape', () => {
  it.each(['chat-online', 'add-show', 'add-enter', 'settings', 'request', 'preview'])('leads from %s back to the list', async (name) => {
    await open(name);
    await press('Escape');
    await expect.poll(heading).toBe('Tincan');
  });

  it('empties the search of a conversation, then leads back to it', async () => {
    await open('chat-search');
    await press('Escape');
    expect(await page.locator('search input').inputValue()).toBe('');
    await press('Escape');
    await expect.poll(heading).toBe('Mara Okafor');
  });

  it('leads from a backup that is opened back to where it was asked for', async () => {
    await open('restore');
    await press('Escape');
    await expect.poll(heading).toBe('Backup');
    await open('restore-found');
    await press('Escape');
    await expect.poll(() => page.locator('button', { hasText: 'Restore a backup' }).count()).toBe(1);
  });

  it('leads from the choices of a contact back to the conversation', async () => {
    await open('choices');
    await press('Escape');
    await expect.poll(heading).toBe('Jun Li');
  });
});

describe('Tab', () => {
  it.each([
    'first-run',
    'list',
    'search-more',
    'chat-search',
    'chat-not-direct',
    'chat-life',
    'chat-reply',
    'voice-on',
    'add-show',
    'request',
    'list-folded',
    'choices',
    'choices-hidden',
    'choices-remove',
    'settings-messages',
    'settings-privacy',
    'settings-notices-quiet',
    'settings',
    'settings-lock',
    'settings-relay-busy',
    'settings-passkeys',
    'settings-profile-remove',
    'settings-storage',
    'settings-backup',
    'locked-others',
    'restore',
    'restore-found',
  ])('reaches everything on %s, and goes round', async (name) => {
    await open(name);
    const stops = await page.evaluate(() => {
      const all = [...document.querySelectorAll<HTMLElement>('button, input, select, textarea, [tabindex="0"]')];
      const groups = new Set<string>();
      // One stop for a set of radio buttons, none for what the arrows reach or what is disabled.
      return all.filter((element) => {
        if (element.tabIndex < 0 || element.matches(':disabled') || !element.checkVisibility()) return false;
        if (!(element instanceof HTMLInputElement) || element.type !== 'radio') return true;
        return !groups.has(element.name) && groups.add(element.name);
      }).length;
    });
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const seen = new Set<string>();
    for (let count = 0; count < stops + 2; count += 1) {
      await press('Tab');
      const mark = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        if (element === document.body) return null;
        const isRadio = element instanceof HTMLInputElement && element.type === 'radio';
        return isRadio ? element.name : `${[...document.querySelectorAll('*')].indexOf(element)}`;
      });
      if (mark) seen.add(mark);
    }
    expect(seen.size).toBe(stops);
  });

  it('shows where it is', async () => {
    await open('list');
    await press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
    expect(outline).toBe('solid');
  });
});

describe('search', () => {
  it('is typed into over the list, and led through by the arrows and back', async () => {
    await open('search');
    await page.locator('search input').focus();
    await press('ArrowDown');
    expect(await focused()).toContain('On the string now');
    await press('ArrowDown');
    expect(await focused()).toContain('Meet me at the market');
    await press('End');
    expect(await focused()).toContain('margin');
    await press('Home', 'ArrowUp');
    expect(await focused()).toBe('Search messages and people');
  });

  it('opens the first result with Enter', async () => {
    await open('search');
    await page.locator('search input').focus();
    await press('Enter');
    await expect.poll(heading).toBe('Mara Okafor');
  });

  it('stays as it was while a result is looked at, until Escape empties it', async () => {
    await open('search');
    await page.getByText('Meet me at the').click();
    await expect.poll(heading).toBe('Jun Li');
    await press('Escape');
    await expect.poll(focused).toBe('Search messages and people');
    expect(await page.locator('search input').inputValue()).toBe('mar');
    await press('ArrowDown', 'Escape');
    await expect.poll(() => page.locator('search input').inputValue()).toBe('');
    expect(await focused()).toBe('Search messages and people');
    expect(await page.locator('li button').count()).toBeGreaterThan(4);
  });

  it('leads to a message, which is in sight, marked and has the focus', async () => {
    await open('chat-found');
    expect(await page.evaluate(() => document.activeElement?.querySelector('p')?.textContent)).toBe('Line 21 from me');
    const article = page.locator('article:focus');
    expect(await article.locator('p').evaluate((bubble) => getComputedStyle(bubble).outlineStyle)).toBe('solid');
    const inSight = await article.evaluate((element) => {
      const [box, log] = [element.getBoundingClientRect(), element.closest('[role=log]')?.getBoundingClientRect()];
      return log !== undefined && box.top >= log.top && box.bottom <= log.bottom;
    });
    expect(inSight).toBe(true);
  });
});

describe('the composer', () => {
  it('sends with Enter, starts a line with Shift+Enter, keeps the focus', async () => {
    await open('chat-online');
    await page.keyboard.type('one');
    await press('Shift+Enter');
    await page.keyboard.type('two');
    await press('Enter');
    await expect.poll(async () => (await bubbles()).at(-1)).toBe('one\ntwo');
    expect(await page.locator('textarea').inputValue()).toBe('');
    expect(await focused()).toBe('Message Mara Okafor');
  });

  it('shows a sent message once, however often it is confirmed', async () => {
    await open('chat-online');
    await page.keyboard.type('only once');
    await press('Enter');
    await expect.poll(async () => (await bubbles()).filter((text) => text === 'only once')).toHaveLength(1);
  });

  it('gives refused text back', async () => {
    await open('chat-refused');
    expect(await page.locator('textarea').inputValue()).toBe('Too long');
    expect(await page.getByRole('alert').innerText()).toContain('20,000 characters');
  });

  it('keeps a draft while the user is elsewhere', async () => {
    await open('chat-online');
    await page.keyboard.type('half a thought');
    await press('Escape');
    await press('Enter');
    await expect.poll(() => page.locator('textarea').inputValue()).toBe('half a thought');
  });
});

describe('the messages', () => {
  it('open at the newest', async () => {
    await open('chat-long');
    expect((await scrollOf()).fromEnd).toBeLessThanOrEqual(1);
  });

  it('stay where they are read when earlier ones come in above', async () => {
    await open('chat-long');
    const topOf = () => page.getByText('Line 3 from me', { exact: true }).evaluate((bubble) => bubble.getBoundingClientRect().top);
    await page.locator('[role=log]').evaluate((log) => {
      log.scrollTop = 90;
    });
    const before = await topOf();
    await page.locator('[role=log]').evaluate((log) => {
      log.scrollTop = 70;
    });
    await expect.poll(bubbles).toHaveLength(70);
    expect(Math.abs((await topOf()) - before - 20)).toBeLessThanOrEqual(1);
  });

  it('lead back to the newest', async () => {
    await open('chat-long');
    await page.locator('[role=log]').evaluate((log) => {
      log.scrollTop = 400;
    });
    await page.getByRole('button', { name: 'Newest' }).click();
    await expect.poll(async () => (await scrollOf()).fromEnd).toBeLessThanOrEqual(1);
  });

  it('stay at the newest when the panel becomes lower', async () => {
    await open('chat-long');
    await page.setViewportSize({ width: 360, height: 480 });
    await expect.poll(async () => (await scrollOf()).fromEnd).toBeLessThanOrEqual(1);
    await page.setViewportSize({ width: 360, height: 640 });
  });

  it('are text and nothing else', async () => {
    await open('chat-awkward');
    expect((await bubbles()).some((text) => text.includes('<b>not bold</b>'))).toBe(true);
    expect(await page.locator('[role=log] article p :not(a)').count()).toBe(0);
  });
});

describe('a new contact', () => {
  it('is at most two screens from the opened invite to the first message', async () => {
    await open('add-enter');
    await page.keyboard.type('https://relay.home.example/i#AX');
    await press('Enter');
    await expect.poll(heading).toBe('Use this invite?');
    expect(await page.locator('input:checked').count()).toBe(0);
    await page.getByLabel('Yes, directly').check();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(focused).toBe('Message Lee Novak');
    await page.keyboard.type('hello');
    await press('Enter');
    await expect.poll(bubbles).toEqual(['hello']);
  });

  it('is not answered before the question about IP addresses is', async () => {
    await open('request');
    await page.getByRole('button', { name: 'Accept' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('Choose');
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).type)).toBe('radio');
  });

  it('is met by three actions: a name, a button, a plus', async () => {
    await open('first-run');
    await page.keyboard.type('Noor');
    await press('Enter');
    await page.getByRole('button', { name: 'Add a contact' }).first().click();
    await page.getByRole('img', { name: 'Invite as a QR code' }).waitFor();
    expect(await page.locator('output').innerText()).toMatch(/^https:/u);
  });
});
