/** A conversation by keyboard and mouse, over the preview's background. */
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ViewModel } from '../../lib/ui/view-model';
import { PreviewBrowser } from '../support/preview/browser';

let preview: PreviewBrowser;
let page: Page;

beforeAll(async () => {
  preview = await PreviewBrowser.launch({ width: 360, height: 640 });
  page = preview.page;
});
afterAll(() => preview?.close());

beforeEach(() => page.emulateMedia({ reducedMotion: 'reduce' }));

const open = (scene: string) => preview.open(scene);
const press = (...keys: string[]) => preview.press(...keys);

const focused = () =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent?.trim() ?? '');
const text = () => page.locator('textarea').inputValue();
const article = (words: string) => page.locator('article', { hasText: words });
const menu = () => page.getByRole('menu');
const sheet = () => page.getByRole('dialog');
/** From the composer to the message that holds these words. */
async function walkTo(words: string): Promise<void> {
  await article(words).focus();
}

describe('the messages', () => {
  it('are one stop for Tab, in which the arrows walk', async () => {
    await open('chat-life');
    await page.locator('[role=log]').focus();
    await press('ArrowUp');
    expect(await focused()).toContain('Burn this.');
    await press('ArrowUp');
    expect(await focused()).toContain('4711');
    await press('Home');
    expect(await focused()).toContain('Bold');
    await press('End', 'ArrowDown');
    expect(await focused()).toContain('Burn this.');
    expect(
      await page.locator('[role=log] [tabindex="0"], [role=log][tabindex="0"]').evaluateAll((all) => all.map((each) => each.tagName)),
    ).toEqual(['ARTICLE', 'BUTTON']);
  });

  it('show what is answered, and lead to it', async () => {
    await open('chat-life');
    await page.getByRole('button', { name: 'The mill, at nine?' }).click();
    await expect.poll(focused).toContain('Bold');
    expect(await article('I will.').locator('p').first().innerText()).toBe('The message this answers is no longer here');
  });

  it('say who reacted with what; one’s own goes with a press', async () => {
    await open('chat-life');
    expect(await article('I will.').innerText()).toMatch(/Mara reacted with\s+❤️\s+You reacted with\s+👍/u);
    await page.getByRole('button', { name: 'You reacted with' }).click();
    await expect.poll(() => article('I will.').innerText()).not.toContain('You reacted');
  });

  it('open at what is new, whose line stays, and lead to the newest', async () => {
    await open('chat-new');
    const line = page.getByText('8 new messages');
    const log = page.locator('[role=log]');
    const top = async () => ((await line.boundingBox())?.y ?? 0) - ((await log.boundingBox())?.y ?? 0);
    expect(await top()).toBeGreaterThanOrEqual(0);
    expect(await top()).toBeLessThan(24);
    await page.getByRole('button', { name: /^Newest/u }).click();
    await expect.poll(() => page.getByRole('button', { name: /^Newest/u }).count()).toBe(0);
    expect(await line.count()).toBe(1);
  });

  it('are links only where it is safe, and open elsewhere without a trace', async () => {
    await open('chat-life');
    const links = await page
      .locator('article a')
      .evaluateAll((all) => all.map((a) => [a.textContent, (a as HTMLAnchorElement).rel, (a as HTMLAnchorElement).target]));
    expect(links).toEqual([
      ['https://example.org/map?day=thursday', 'noopener noreferrer', '_blank'],
      ['https://xn--pypal-4ve.example/', 'noopener noreferrer', '_blank'],
    ]);
  });

  it('copied from the page are what was written', async () => {
    await open('chat-life');
    const copied = await page.evaluate(() => {
      const bubble = document.querySelector('article p');
      if (bubble) getSelection()?.selectAllChildren(bubble);
      return getSelection()?.toString();
    });
    expect(copied?.split('\n')[0]).toBe('*Bold*, _italic_, ~struck~ and `code`: https://example.org/map?day=thursday.');
  });

  it('that come by the thousand leave the newest in sight, few of the others in the page, and a way back to those', async () => {
    await open('chat-life');
    const most = await page.evaluate(async () => {
      const { model } = globalThis as unknown as { model: ViewModel };
      const id = model.contact.value?.id ?? '';
      let drawn = 0;
      for (let i = 0; i < 1000; i += 1) {
        model.chat.write(id, `burst ${i}`);
        void model.chat.submit(id);
        if (i % 10 < 9) continue;
        await new Promise(requestAnimationFrame);
        drawn = Math.max(drawn, document.querySelectorAll('article').length);
      }
      return drawn;
    });
    expect(most).toBeLessThan(200);
    const newest = page.locator('article').last();
    await expect.poll(() => newest.locator('p').first().innerText()).toBe('burst 999');
    const log = page.locator('[role=log]');
    const below = async (locator: Locator) => ((await locator.boundingBox())?.y ?? 0) + ((await locator.boundingBox())?.height ?? 0);
    await expect.poll(async () => (await below(newest)) <= (await below(log)) + 1).toBe(true);
    await log.evaluate((element) => element.scrollTo({ top: 0 }));
    await expect.poll(() => article('Earlier message').count()).toBe(20);
  });

  it('that are long begin with forty lines, and can be shown whole', async () => {
    await open('chat-long-text');
    const lines = async () => (await page.locator('article p').innerText()).split('\n').filter(Boolean).length;
    expect(await lines()).toBeLessThan(45);
    await page.getByRole('button', { name: /^Show all/u }).click();
    await expect.poll(lines).toBe(400);
  });
});

describe('the menu of a message', () => {
  it('opens with Enter, is walked by arrows and letters, closes with Esc, and gives the focus back', async () => {
    await open('chat-life');
    await walkTo('Nine, not ten.');
    await press('Enter');
    expect(await focused()).toBe('👍');
    await press('ArrowRight');
    expect(await focused()).toBe('❤️');
    await press('ArrowDown');
    expect(await focused()).toContain('Reply');
    await press('f');
    expect(await focused()).toContain('Forward');
    await press('Escape');
    expect(await menu().count()).toBe(0);
    expect(await focused()).toContain('Nine, not ten.');
    expect(await page.locator('h1').innerText()).toBe('Mara Okafor');
  });

  it('opens by its button, by a right click and by the menu key, one at a time', async () => {
    await open('chat-life');
    await article('Nine, not ten.').hover();
    await article('Nine, not ten.').getByRole('button', { name: 'What to do' }).click();
    expect(await menu().count()).toBe(1);
    await article('I will.').locator('p').last().click({ button: 'right' });
    await expect.poll(() => menu().count()).toBe(1);
    expect(await menu().getByRole('menuitem', { name: 'Edit' }).count()).toBe(0);
    await press('Escape');
    await walkTo('Nine, not ten.');
    await press('ContextMenu');
    await expect.poll(() => menu().getByRole('menuitem', { name: 'Edit' }).count()).toBe(1);
  });

  it('offers what fits: not to change what others wrote, to take back what waits', async () => {
    const offered = async () => page.locator('[role=menuitem]').evaluateAll((all) => all.map((each) => each.getAttribute('data-item')));
    await open('chat-menu');
    expect(await offered()).toEqual(['reply', 'react', 'copy', 'edit', 'forward', 'details', 'delete-me', 'delete-everyone']);
    await open('chat-menu-theirs');
    expect(await offered()).toEqual(['reply', 'react', 'copy', 'forward', 'details', 'delete-me']);
    await open('chat-menu-waiting');
    expect(await offered()).toEqual(['reply', 'react', 'copy', 'edit', 'forward', 'details', 'to-server', 'take-back', 'delete-me']);
  });

  it('reacts with a press', async () => {
    await open('chat-menu');
    await press('Enter');
    await expect.poll(() => article('Nine, not ten.').innerText()).toContain('You reacted with');
  });

  it('is also there as keys on the message', async () => {
    await open('chat-life');
    await walkTo('I will.');
    await press('r');
    await expect.poll(focused).toBe('Message Mara Okafor');
    expect(await page.locator('form').innerText()).toContain('Replying to Mara: I will.');
    await walkTo('I will.');
    await press('c');
    await page.getByText('Copied').waitFor();
    await walkTo('I will.');
    await press('i');
    expect(await sheet().innerText()).toContain('Mara wrote it');
    await press('Escape');
    expect(await focused()).toContain('I will.');
    await press('e');
    expect(await text()).toBe('');
  });

  it('deletes only after asking', async () => {
    await open('chat-delete');
    expect(await sheet().innerText()).toContain('Mara may have read or copied it before');
    await press('Escape');
    expect(await article('Nine, not ten.').count()).toBe(1);
    await walkTo('Nine, not ten.');
    await press('Delete');
    await sheet().getByRole('button', { name: 'Delete', exact: true }).click();
    await expect.poll(() => article('Nine, not ten.').count()).toBe(0);
  });
});

describe('the composer', () => {
  it('answers: the quote stands above, and Esc lets go of it before it leaves the conversation', async () => {
    await open('chat-reply');
    await press('Escape');
    await expect.poll(() => page.locator('form').innerText()).not.toContain('Replying');
    expect(await page.locator('h1').innerText()).toBe('Mara Okafor');
    await press('Escape');
    await expect.poll(() => page.locator('h1').innerText()).toBe('Tincan');
  });

  it('sends an answer with its quote', async () => {
    await open('chat-reply');
    await page.keyboard.type('At ten, then');
    await press('Enter');
    await expect.poll(() => page.locator('form').innerText()).not.toContain('Replying');
    await expect.poll(() => article('At ten, then').count()).toBe(1);
  });

  it('changes a message, and keeps the draft meanwhile', async () => {
    await open('chat-life');
    await page.keyboard.type('half a thought');
    await walkTo('Nine, not ten.');
    await press('e');
    await expect.poll(text).toBe('Nine, not ten.');
    await page.locator('textarea').fill('Nine. Not ten.');
    await press('Enter');
    await expect.poll(() => article('Nine. Not ten.').count()).toBe(1);
    expect(await text()).toBe('half a thought');
  });

  it('changes the last message with the arrow up, and leaves it with Esc', async () => {
    await open('chat-life');
    await press('ArrowUp');
    await expect.poll(text).toBe('Burn this.');
    await press('Escape');
    await expect.poll(text).toBe('');
    expect(await page.locator('h1').innerText()).toBe('Mara Okafor');
  });

  it('asks where a message may wait: nothing is chosen, one key answers, Esc returns to the text', async () => {
    await open('chat-ask');
    await press('Enter');
    expect(await page.locator('article').count()).toBe(0);
    await press('Escape');
    await expect.poll(focused).toBe('Message Jun Li');
    expect(await text()).toBe('Where shall I wait?');
    await press('Enter', '2');
    await expect.poll(() => article('Where shall I wait?').count()).toBe(1);
    expect(await text()).toBe('');
  });

  it('changes where one message may wait by keyboard, and only that one', async () => {
    await open('chat-life');
    const choice = page.locator('[data-routing]');
    await choice.focus();
    await press('Enter', 'ArrowDown', 'Enter');
    expect(await choice.innerText()).toBe('May wait on server · this message');
    await page.locator('textarea').fill('only this');
    await press('Enter');
    await expect.poll(() => choice.innerText()).toBe('Keep on my device');
  });

  it('asks before the first timer starts, and never again', async () => {
    await open('chat-expiry');
    const start = () => sheet().getByRole('button', { name: 'Start' }).click();
    const isRunning = (words: string) => page.getByRole('button', { name: `How long messages stay: ${words}` }).count();
    await sheet().getByLabel('1 day').check();
    await start();
    await sheet().getByRole('heading', { name: 'Start the timer?' }).waitFor();
    expect(await sheet().innerText()).toContain('vanish from both devices and the server 1 day after reading');
    expect(await isRunning('1 day')).toBe(0);
    await press('Escape');
    await sheet().getByLabel('When the message is sent').check();
    await start();
    await sheet().getByText('1 day after sending').waitFor();
    await start();
    await expect.poll(() => isRunning('1 day after sending')).toBe(1);
    await page.getByRole('button', { name: 'How long messages stay' }).click();
    await sheet().getByLabel('1 hour').check();
    await start();
    await expect.poll(() => isRunning('1 hour after sending')).toBe(1);
    expect(await sheet().count()).toBe(0);
  });

  it('is asked too where a timer is chosen for a contact or for everybody, and nothing is chosen by leaving', async () => {
    for (const scene of ['choices', 'settings-messages']) {
      await open(scene);
      const choice = page.getByLabel('Messages disappear');
      const before = await choice.inputValue();
      await choice.selectOption({ label: '1 day' });
      await sheet().getByText('1 day after reading').waitFor();
      await press('Escape');
      await expect.poll(() => sheet().count()).toBe(0);
      expect(await choice.inputValue()).toBe(before);
      await choice.selectOption({ label: '1 day' });
      await sheet().getByRole('button', { name: 'Start' }).click();
      await expect.poll(() => choice.inputValue()).not.toBe(before);
      await choice.selectOption({ label: '1 week' });
      expect(await sheet().count()).toBe(0);
    }
  });

  it('says once what becomes of what waits on this device alone; a message’s details say it again', async () => {
    await open('chat-offline');
    const hint = page.getByText('If this browser profile is deleted first, it is gone.');
    expect(await hint.count()).toBe(1);
    await page.getByRole('button', { name: 'Understood' }).click();
    await expect.poll(() => hint.count()).toBe(0);
    await walkTo('Meeting moved');
    await press('i');
    expect(await sheet().innerText()).toContain('stays when you close the browser');
    await press('Escape');
    await walkTo('Key for the shed');
    await press('i');
    expect(await sheet().innerText()).not.toContain('stays when you close');
  });

  it('puts an emoji where the caret is', async () => {
    await open('chat-life');
    await page.keyboard.type('ab');
    await press('ArrowLeft');
    await page.getByRole('button', { name: 'Emoji' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.type('rock');
    await press('Enter');
    await expect.poll(text).toBe('a🤘b');
    await page.keyboard.type('!');
    await expect.poll(text).toBe('a🤘!b');
  });

  it('counts what is long, and neither sends nor loses what is too long', async () => {
    await open('chat-long-text');
    expect(await page.getByRole('alert').innerText()).toContain('400 characters too many');
    await press('Enter');
    expect((await text()).length).toBe(20_400);
    await page.locator('textarea').fill('x'.repeat(18_000));
    await page.getByText('18,000 of 20,000 characters').waitFor();
  });
});

describe('the emoji', () => {
  it('are led through by arrows in lines', async () => {
    await open('chat-emoji');
    await press('ArrowDown');
    expect(await focused()).toBe('😀');
    await press('ArrowRight', 'ArrowRight');
    const third = await page.locator(':focus').boundingBox();
    await press('ArrowDown');
    const below = await page.locator(':focus').boundingBox();
    expect(below?.x).toBe(third?.x);
    expect(below?.y).toBeGreaterThan(third?.y ?? Number.POSITIVE_INFINITY);
    await press('End', 'Home');
    expect(await focused()).toBe('😀');
  });
});

describe('forwarding', () => {
  it('finds contacts, sends to several, and asks where it may wait for those of whom it is asked', async () => {
    await open('chat-forward');
    const send = sheet().getByRole('button', { name: 'Forward to 1' });
    expect(await send.isDisabled()).toBe(true);
    await sheet().getByLabel('May wait on server').check();
    expect(await send.isDisabled()).toBe(false);
    await sheet().getByRole('textbox').fill('jun');
    await sheet().getByLabel('Jun Li').check();
    await sheet().getByRole('button', { name: 'Forward to 2' }).click();
    await expect.poll(() => sheet().count()).toBe(0);
  });
});

describe('the keys', () => {
  it('are shown with a question mark, except while one is written', async () => {
    await open('chat-life');
    await press('?');
    expect(await text()).toBe('?');
    await walkTo('I will.');
    await press('?');
    expect(await sheet().innerText()).toContain('From message to message');
    await press('Escape');
    expect(await focused()).toContain('I will.');
  });
});
