/** Search and the way to what it found, as a page does them. */
import { describe, expect, it } from 'vitest';
import type { ConversationView, HitView } from '../../../lib/app/view';
import { UNLOCKED } from '../../support/preview/people';
import { chatPage, fakePage, incoming, JUN, MARA } from './fake-page';

type Page = ReturnType<typeof fakePage>;

const hit = (sequence: number): HitView => ({
  contactId: MARA.id,
  id: incoming(sequence).id,
  sequence,
  isMine: false,
  atMs: sequence,
  excerpt: [{ text: `hit ${sequence}`, isMatch: true }],
});
const asked = (page: Page) => page.said('search.find');
const hits = (page: Page) => page.model.searching.found.value?.hits.map(({ sequence }) => sequence);
const settled = () => new Promise((resolve) => setTimeout(resolve));

async function answer(page: Page, query: number, sequences: readonly number[], more = {}): Promise<void> {
  const found = { people: [], hits: sequences.map(hit), hasMore: false, isPartial: false, ...more };
  page.line().push({ kind: 'result', id: asked(page)[query]?.id ?? '', result: { ok: true, found } });
  await settled();
}

function searching(...typed: string[]): Page {
  const page = fakePage();
  page.snapshot();
  for (const text of typed) page.model.searching.write(text);
  return page;
}

function window(from: number, to: number, hasLater = true): ConversationView {
  const messages = Array.from({ length: to - from + 1 }, (_, i) => incoming(from + i));
  return { contactId: MARA.id, messages, hasEarlier: from > 1, hasLater };
}

describe('while somebody types', () => {
  it('every word is asked for, and only the newest is answered', async () => {
    const page = searching('b', 'bl', 'blu');
    expect(asked(page).map(({ text, contactId }) => [text, contactId])).toEqual([
      ['b', null],
      ['bl', null],
      ['blu', null],
    ]);
    await answer(page, 2, [3]);
    await answer(page, 0, [1, 2, 3]);
    expect(hits(page)).toEqual([3]);
  });

  it('what was found stays until the next answer, and goes with the last letter', async () => {
    const page = searching('b');
    await answer(page, 0, [1]);
    page.model.searching.write('bl');
    expect(hits(page)).toEqual([1]);
    page.model.searching.write(' ');
    expect([hits(page), asked(page).length]).toEqual([undefined, 2]);
  });

  it('asks for more when there is more', async () => {
    const page = searching('b');
    await answer(page, 0, [1], { hasMore: true });
    page.model.searching.showMore();
    expect(asked(page).map(({ limit }) => limit)).toEqual([50, 100]);
    page.model.searching.write('bl');
    expect(asked(page).at(-1)?.limit).toBe(50);
  });

  it('asks again for as long as not everything can be searched yet, and no longer', async () => {
    const page = searching('b');
    await answer(page, 0, [2], { isPartial: true });
    page.pass(1000);
    expect(asked(page)).toHaveLength(2);
    await answer(page, 1, [2, 1]);
    page.pass(10_000);
    expect([asked(page).length, hits(page)]).toEqual([2, [2, 1]]);
  });

  it('asks again on a new port what had no answer', async () => {
    const page = searching('b');
    page.line().die();
    page.pass(250);
    await answer(page, 0, [1]);
    expect(hits(page)).toEqual([1]);
  });
});

describe('of what was found nothing stays', () => {
  it('in a page that locks', async () => {
    const page = searching('b');
    await answer(page, 0, [1]);
    page.line().push({ kind: 'lock', lock: { ...UNLOCKED, isLocked: true, secret: 'pin' } });
    expect([page.model.searching.text.value, hits(page)]).toEqual(['', undefined]);
  });

  it('of a message that is gone', async () => {
    const page = searching('b');
    await answer(page, 0, [1, 2]);
    page.patch(2, { kind: 'message-gone', contactId: MARA.id, messageId: incoming(1).id });
    expect(hits(page)).toEqual([2]);
  });

  it('when another conversation is searched; the list keeps what was typed while a hit is looked at', async () => {
    const page = searching('b');
    page.model.goToMessage(hit(7));
    page.model.back();
    expect(page.model.searching.text.value).toBe('b');
    page.model.go({ kind: 'search', contactId: JUN.id });
    expect(page.model.searching.text.value).toBe('');
    page.model.searching.write('c');
    expect(asked(page).at(-1)?.contactId).toBe(JUN.id);
  });
});

describe('a hit', () => {
  it('opens its conversation around it, and is aimed at until it has been shown for a while', () => {
    const page = searching('b');
    page.model.goToMessage(hit(70));
    expect(page.said('conversation.show').at(-1)).toMatchObject({ contactId: MARA.id, around: 70 });
    page.patch(2, { kind: 'conversation', conversation: window(50, 100) });
    expect(page.model.moving.aim.value?.sequence).toBe(70);
    page.model.moving.shown();
    page.pass(3000);
    expect(page.model.moving.aim.value).toBeNull();
  });

  it('in the conversation that is open moves its window, unless it is there', () => {
    const page = chatPage(window(80, 100, false).messages);
    const shown = () => page.said('conversation.show').filter(({ around }) => around !== undefined);
    page.model.goToMessage(hit(90));
    expect(shown()).toEqual([]);
    page.model.goToMessage(hit(7));
    expect(shown()).toMatchObject([{ around: 7 }]);
  });

  it('is asked for again where its window was lost with the port', () => {
    const page = searching('b');
    page.model.goToMessage(hit(70));
    page.line().die();
    page.pass(250);
    expect(page.said('hello')[0]).toMatchObject({ conversation: MARA.id, around: 70 });
  });
});

describe('far up in a conversation', () => {
  const farUp = () => {
    const page = searching('b');
    page.model.goToMessage(hit(70));
    page.patch(2, { kind: 'conversation', conversation: window(50, 100) });
    return page;
  };

  it('a new port finds the page where it was', () => {
    const page = farUp();
    page.line().die();
    page.awake();
    expect(page.said('hello')[0]).toMatchObject({ conversation: MARA.id, around: 100 });
  });

  it('nothing is reported as read, though the end of the window is in sight', () => {
    const page = farUp();
    page.model.seen(Number.POSITIVE_INFINITY);
    expect(page.said('conversation.read')).toEqual([]);
  });

  it('later messages are asked for once at a time, from the last one shown', () => {
    const page = farUp();
    page.model.moving.loadLater();
    page.model.moving.loadLater();
    expect(page.said('conversation.later')).toEqual([{ kind: 'conversation.later', contactId: MARA.id, after: 100 }]);
    page.patch(3, { kind: 'later', contactId: MARA.id, after: 100, messages: window(101, 120).messages, hasLater: false });
    page.model.moving.loadLater();
    expect(page.said('conversation.later')).toHaveLength(1);
    expect(page.model.messages.value?.at(-1)?.sequence).toBe(120);
  });

  it('who writes is led to the newest, and sees the message there alone', () => {
    const page = farUp();
    page.model.chat.write(MARA.id, 'hello');
    void page.model.chat.submit(MARA.id);
    expect(page.said('conversation.show').at(-1)).toMatchObject({ around: null });
    expect(page.model.messages.value?.at(-1)?.sequence).toBe(100);
    page.patch(3, { kind: 'conversation', conversation: window(300, 320, false) });
    expect(page.model.messages.value?.at(-1)?.text).toBe('hello');
  });
});
