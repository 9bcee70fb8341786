import { describe, expect, it } from 'vitest';
import type { ViewPatch } from '../../../lib/app/view';
import { applyFrame, newPort, type StateFrame, UNSEEN, type ViewState, withoutFar } from '../../../lib/ui/view-state';
import { BASE } from '../../support/preview/people';
import { incoming, JUN, MARA } from './fake-page';

const window = (from: number, to: number, hasEarlier = true, hasLater = false) => ({
  contactId: MARA.id,
  messages: Array.from({ length: to - from + 1 }, (_, index) => incoming(from + index)),
  hasEarlier,
  hasLater,
});
const snapshot = (view = {}, revision = 5, epoch = 'one'): StateFrame => ({
  kind: 'snapshot',
  epoch,
  revision,
  view: { ...BASE, contacts: [MARA], ...view },
});
const gone = (revision: number): StateFrame => ({ kind: 'patch', revision, patches: [{ kind: 'contact-gone', contactId: MARA.id }] });
const seen = (view = {}) => applyFrame(UNSEEN, snapshot(view));
const sequences = (state: ViewState) => state.view?.conversation?.messages.map((message) => message.sequence);

describe('a patch belongs to the state it was made for', () => {
  it('is applied after a snapshot', () => {
    expect(applyFrame(seen(), gone(6))).toMatchObject({ revision: 6, view: { contacts: [] } });
  });

  it('is ignored before the port has named its epoch', () => {
    const state = newPort(seen());
    expect(applyFrame(state, gone(6))).toBe(state);
  });

  it('is applied after the port said that nothing changed', () => {
    const state = applyFrame(newPort(seen()), { kind: 'current', epoch: 'one', revision: 5 });
    expect(applyFrame(state, gone(6)).view?.contacts).toEqual([]);
  });

  it('is ignored after the port named another epoch as current', () => {
    const state = applyFrame(newPort(seen()), { kind: 'current', epoch: 'two', revision: 5 });
    expect(applyFrame(state, gone(6))).toBe(state);
  });

  it('is ignored when it is older than what is shown', () => {
    const state = seen();
    expect(applyFrame(state, gone(4))).toBe(state);
  });

  it('for another conversation changes nothing', () => {
    const state = seen({ conversation: window(1, 2) });
    const next = applyFrame(state, { kind: 'patch', revision: 6, patches: [{ kind: 'message', contactId: JUN.id, message: incoming(3) }] });
    expect(sequences(next)).toEqual([1, 2]);
  });
});

describe('a window that is renewed', () => {
  it('keeps the earlier messages a reader has scrolled to', () => {
    const state = seen({ conversation: window(1, 60, false) });
    const next = applyFrame(state, snapshot({ conversation: window(12, 61) }, 1, 'two'));
    expect(sequences(next)).toEqual(window(1, 61).messages.map((message) => message.sequence));
    expect(next.view?.conversation?.hasEarlier).toBe(false);
  });

  it('starts afresh when messages between the two are missing', () => {
    const state = seen({ conversation: window(1, 10, false) });
    const next = applyFrame(state, snapshot({ conversation: window(20, 69) }, 1, 'two'));
    expect(sequences(next)?.[0]).toBe(20);
    expect(next.view?.conversation?.hasEarlier).toBe(true);
  });

  it('knows from its own beginning whether there is more before it', () => {
    const state = seen({ conversation: window(1, 20, false) });
    const patch = { kind: 'earlier', contactId: MARA.id, before: 15, messages: [incoming(10)], hasEarlier: true } as const;
    expect(applyFrame(state, { kind: 'patch', revision: 6, patches: [patch] }).view?.conversation?.hasEarlier).toBe(false);
  });

  it('takes the newer state of a message it already had', () => {
    const state = seen({ conversation: window(1, 3) });
    const patch = { kind: 'message', contactId: MARA.id, message: incoming(2, { text: 'changed' }) } as const;
    const next = applyFrame(state, { kind: 'patch', revision: 6, patches: [patch] });
    expect(next.view?.conversation?.messages.map((message) => message.text)).toEqual(['text 1', 'changed', 'text 3']);
  });
});

describe('a window that does not reach the newest', () => {
  const middle = () => seen({ conversation: window(40, 60, true, true) });
  const patched = (state: ViewState, patch: ViewPatch) => applyFrame(state, { kind: 'patch', revision: 6, patches: [patch] });
  const span = (state: ViewState) => [sequences(state)?.[0], sequences(state)?.at(-1), sequences(state)?.length];

  it('is not torn by what arrives, or changes, beyond its ends', () => {
    for (const sequence of [20, 100]) {
      const patch = { kind: 'message', contactId: MARA.id, message: incoming(sequence) } as const;
      expect(span(patched(middle(), patch))).toEqual([40, 60, 21]);
    }
  });

  it('goes on with the messages next after it, and then takes what arrives', () => {
    const messages = window(61, 70).messages;
    const grown = patched(middle(), { kind: 'later', contactId: MARA.id, after: 60, messages, hasLater: false });
    expect([...span(grown), grown.view?.conversation?.hasLater]).toEqual([40, 70, 31, false]);
    expect(span(patched(grown, { kind: 'message', contactId: MARA.id, message: incoming(71) }))).toEqual([40, 71, 32]);
  });

  it('refuses what a window asked for that has been left since', () => {
    const messages = window(61, 70).messages;
    expect(span(patched(middle(), { kind: 'later', contactId: MARA.id, after: 90, messages, hasLater: false }))).toEqual([40, 60, 21]);
    expect(span(patched(middle(), { kind: 'earlier', contactId: MARA.id, before: 20, messages: [], hasEarlier: false }))).toEqual([
      40, 60, 21,
    ]);
    expect(
      patched(middle(), { kind: 'later', contactId: MARA.id, after: 90, messages, hasLater: false }).view?.conversation?.hasLater,
    ).toBe(true);
  });

  it('gives way to the newest when that does not touch it', () => {
    expect(span(patched(middle(), { kind: 'conversation', conversation: window(90, 100) }))).toEqual([90, 100, 11]);
  });

  it('loses a message that is gone', () => {
    const id = incoming(50).id;
    const state = patched(middle(), { kind: 'message-gone', contactId: MARA.id, messageId: id });
    expect(sequences(state)).not.toContain(50);
    expect(span(state)).toEqual([40, 60, 20]);
  });
});

describe('a window never grows beyond what is drawn smoothly', () => {
  const MOST = 400;
  const patched = (state: ViewState, patch: ViewPatch) => applyFrame(state, { kind: 'patch', revision: 6, patches: [patch] });

  it('lets go of the newest when a reader goes far back, and takes in no others after the gap', () => {
    const state = seen({ conversation: window(1001, 1380) });
    const { messages } = window(951, 1000);
    const next = patched(state, { kind: 'earlier', contactId: MARA.id, before: 1001, messages, hasEarlier: true });
    expect(sequences(next)).toEqual(Array.from({ length: MOST }, (_, i) => 951 + i));
    expect(next.view?.conversation).toMatchObject({ hasEarlier: true, hasLater: true });
    const arrived = patched(next, { kind: 'message', contactId: MARA.id, message: incoming(1381) });
    expect(sequences(arrived)?.at(-1)).toBe(1350);
  });

  it('lets go of the oldest on the way forward again', () => {
    const state = seen({ conversation: window(1, 400, false, true) });
    const { messages } = window(401, 450);
    const next = patched(state, { kind: 'later', contactId: MARA.id, after: 400, messages, hasLater: false });
    expect(sequences(next)).toEqual(Array.from({ length: MOST }, (_, i) => 51 + i));
    expect(next.view?.conversation).toMatchObject({ hasEarlier: true, hasLater: false });
  });

  it('lets go of what came long ago for a reader at the end, and of nothing before it is too much', () => {
    const long = withoutFar(seen({ conversation: window(1, 151, false) }), true);
    expect(sequences(long)).toEqual(Array.from({ length: 100 }, (_, i) => 52 + i));
    expect(long.view?.conversation).toMatchObject({ hasEarlier: true, hasLater: false });
    const short = seen({ conversation: window(1, 150, false) });
    expect(withoutFar(short, true)).toBe(short);
  });

  it('lets go of the newest for a reader who is further up, for as long as they are', () => {
    const long = withoutFar(seen({ conversation: window(1, MOST + 1, false) }), false);
    expect(sequences(long)).toEqual(Array.from({ length: MOST }, (_, i) => 1 + i));
    expect(long.view?.conversation).toMatchObject({ hasEarlier: false, hasLater: true });
    const short = seen({ conversation: window(1, MOST, false) });
    expect(withoutFar(short, false)).toBe(short);
  });
});

describe('a message that comes or changes', () => {
  const patched = (...messages: ReturnType<typeof incoming>[]) =>
    applyFrame(seen({ conversation: window(1, 3) }), {
      kind: 'patch',
      revision: 6,
      patches: messages.map((message) => ({ kind: 'message', contactId: MARA.id, message })),
    });

  it('stands in its place once, whether it is the newest, an older one that changed, or one that came late', () => {
    const state = patched(incoming(5), incoming(2, { text: 'changed' }), incoming(4), incoming(5));
    expect(sequences(state)).toEqual([1, 2, 3, 4, 5]);
    expect(state.view?.conversation?.messages[1]?.text).toBe('changed');
  });

  it('moves when its place does', () => {
    expect(patched({ ...incoming(1), sequence: 2.5 }).view?.conversation?.messages.map(({ text }) => text)).toEqual([
      'text 2',
      'text 1',
      'text 3',
    ]);
  });
});
