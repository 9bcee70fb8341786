import { describe, expect, it } from 'vitest';
import type { ContactView, MessageView } from '../../../lib/app/view';
import { actionOfKey, actionsFor } from '../../../lib/ui/message-menu';
import { mine, theirs, UNLOCKED } from '../../support/preview/people';
import { chatPage, incoming, JUN, MARA, outgoing } from './fake-page';

const asks = { chosen: { ...MARA.chosen, routing: 'ask' } } satisfies Partial<ContactView>;
const mineOf = (sequence: number, more: Partial<MessageView> = {}) => ({
  ...outgoing(sequence.toString(16).padStart(32, 'b'), sequence),
  ...more,
});

describe('what is sent', () => {
  it('goes as chosen for the contact, unless chosen for this message', () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'one');
    void page.model.chat.submit(MARA.id);
    expect(page.said('message.send')[0]).toEqual({ kind: 'message.send', id: expect.any(String), contactId: MARA.id, text: 'one' });
    page.model.chat.routeOnce(MARA.id, 'relay');
    page.model.chat.expireOnce(MARA.id, null);
    page.model.chat.reply(MARA.id, incoming(1));
    page.model.chat.write(MARA.id, 'two');
    void page.model.chat.submit(MARA.id);
    expect(page.said('message.send')[1]).toMatchObject({ routing: 'relay', expiry: null, replyTo: incoming(1).id });
    page.model.chat.write(MARA.id, 'three');
    void page.model.chat.submit(MARA.id);
    expect(page.said('message.send')[2]).not.toHaveProperty('routing');
    expect(page.said('message.send')[2]).not.toHaveProperty('replyTo');
  });

  it('waits for an answer where the user is to be asked, and asks each time', () => {
    const page = chatPage([], asks);
    const { chat } = page.model;
    for (const round of [1, 2]) {
      chat.write(MARA.id, 'where to');
      void chat.submit(MARA.id);
      expect(chat.composingOf(MARA.id).isAsking).toBe(true);
      expect(page.said('message.send')).toHaveLength(round - 1);
      void chat.answer(MARA.id, 'device');
      expect(page.said('message.send')[round - 1]).toMatchObject({ text: 'where to', routing: 'device' });
    }
  });

  it('comes back with its quote and its choice when it is refused', async () => {
    const page = chatPage([incoming(1)]);
    const { chat } = page.model;
    chat.reply(MARA.id, incoming(1));
    chat.routeOnce(MARA.id, 'relay');
    chat.write(MARA.id, 'an answer');
    const sent = chat.submit(MARA.id);
    expect(chat.composingOf(MARA.id).replyTo).toBeNull();
    page.line().push({ kind: 'result', id: page.said('message.send')[0]?.id ?? '', result: { ok: false, code: 'storage-failed' } });
    await sent;
    expect(chat.textOf(MARA)).toBe('an answer');
    expect(chat.composingOf(MARA.id)).toMatchObject({ replyTo: { id: incoming(1).id }, routing: 'relay' });
  });
});

describe('a change', () => {
  it('has its own text: the draft is neither shown nor lost', async () => {
    const page = chatPage([mineOf(1)]);
    const { chat } = page.model;
    chat.write(MARA.id, 'draft');
    chat.edit(MARA.id, mineOf(1));
    expect(chat.textOf(MARA)).toBe('text 1');
    chat.write(MARA.id, 'text one');
    const saved = chat.submit(MARA.id);
    const [command] = page.said('message.edit');
    expect(command).toMatchObject({ messageId: mineOf(1).id, text: 'text one' });
    page.succeed(command?.id ?? '');
    await saved;
    expect(chat.textOf(MARA)).toBe('draft');
  });

  it('that is refused stays open with its text', async () => {
    const page = chatPage([mineOf(1)]);
    const { chat } = page.model;
    chat.edit(MARA.id, mineOf(1));
    chat.write(MARA.id, 'text one');
    const saved = chat.submit(MARA.id);
    page.line().push({ kind: 'result', id: page.said('message.edit')[0]?.id ?? '', result: { ok: false, code: 'storage-failed' } });
    await saved;
    expect(chat.textOf(MARA)).toBe('text one');
  });

  it('of nothing says nothing', async () => {
    const page = chatPage([mineOf(1)]);
    page.model.chat.edit(MARA.id, mineOf(1));
    await page.model.chat.submit(MARA.id);
    expect(page.said('message.edit')).toEqual([]);
    expect(page.model.chat.composingOf(MARA.id).editing).toBeNull();
  });

  it('and an answer end with the message they are about, and with the lock', () => {
    const page = chatPage([mineOf(1), incoming(2)]);
    const { chat } = page.model;
    chat.reply(MARA.id, incoming(2));
    page.patch(2, { kind: 'message-gone', contactId: MARA.id, messageId: incoming(2).id });
    expect(chat.composingOf(MARA.id).replyTo).toBeNull();
    chat.edit(MARA.id, mineOf(1));
    page.line().push({ kind: 'lock', lock: { ...UNLOCKED, isLocked: true } });
    expect(chat.composingOf(MARA.id).editing).toBeNull();
  });
});

describe('forwarding', () => {
  it('sends the text alone to each, with a place only for those of whom it is asked', () => {
    const page = chatPage([], asks);
    const message = { ...mineOf(1), reply: { kind: 'gone' }, expiry: { seconds: 30, base: 'read' } } as const;
    void page.model.chat.forward(message, [MARA.id, JUN.id], 'relay');
    expect(page.said('message.send').map(({ id: _, ...rest }) => rest)).toEqual([
      { kind: 'message.send', contactId: MARA.id, text: 'text 1', routing: 'relay' },
      { kind: 'message.send', contactId: JUN.id, text: 'text 1' },
    ]);
  });
});

describe('writing is told', () => {
  it('at most every three seconds, and once that it is over', () => {
    const page = chatPage();
    const { chat } = page.model;
    for (const text of ['a', 'ab', 'abc']) chat.write(MARA.id, text);
    expect(page.said('typing')).toEqual([{ kind: 'typing', contactId: MARA.id, isTyping: true }]);
    page.pass(3000);
    chat.write(MARA.id, 'abcd');
    expect(page.said('typing')).toHaveLength(2);
    chat.write(MARA.id, '');
    chat.write(MARA.id, ' ');
    expect(page.said('typing').map(({ isTyping }) => isTyping)).toEqual([true, true, false]);
  });

  it('as over when it is sent, and when the conversation or the page is left', () => {
    const leave: ((page: ReturnType<typeof chatPage>) => void)[] = [
      (page) => void page.model.chat.submit(MARA.id),
      (page) => page.model.back(),
      (page) => page.setVisible(false),
    ];
    for (const act of leave) {
      const page = chatPage();
      page.model.chat.write(MARA.id, 'a');
      act(page);
      expect(page.said('typing').map(({ isTyping }) => isTyping)).toEqual([true, false]);
    }
  });

  it('never where it was chosen not to, nor to somebody blocked or not in touch', () => {
    const silent: Partial<ContactView>[] = [
      { chosen: { ...MARA.chosen, tellsTyping: false } },
      { choices: { ...MARA.choices, isBlocked: true } },
      { state: 'requested' },
      { state: 'self' },
    ];
    for (const more of silent) {
      const page = chatPage([], more);
      page.model.chat.write(MARA.id, 'a');
      expect(page.said('typing')).toEqual([]);
    }
  });
});

describe('a message past its time', () => {
  const ids = (page: ReturnType<typeof chatPage>) => page.model.messages.value?.map(({ sequence }) => sequence);

  it('is gone at that time, though nobody says so', () => {
    const page = chatPage([incoming(1, { expiresAtMs: 5000 }), incoming(2, { expiresAtMs: 9000 }), incoming(3)]);
    page.line().die();
    page.pass(4999);
    expect(ids(page)).toEqual([1, 2, 3]);
    page.pass(1);
    expect(ids(page)).toEqual([2, 3]);
    page.pass(4000);
    expect(ids(page)).toEqual([3]);
  });

  it('stays while the clock is doubted', () => {
    const page = chatPage([incoming(1, { expiresAtMs: 5000 })]);
    page.patch(2, { kind: 'clock', isDoubted: true });
    page.pass(6000);
    expect(ids(page)).toEqual([1]);
    page.patch(3, { kind: 'clock', isDoubted: false });
    expect(ids(page)).toEqual([]);
  });
});

describe('a conversation with much that is new', () => {
  const unread = (count: number) => chatPage([], { unread: count, readUpTo: 40 });

  it('is opened around the first of it, and at the newest when that reaches back far enough', () => {
    expect(unread(80).said('conversation.show')[0]).toMatchObject({ around: 40 });
    expect(unread(5).said('conversation.show')[0]).not.toHaveProperty('around');
  });

  it('keeps where its line stands while it is open', () => {
    const page = unread(5);
    expect(page.model.arrival.value).toEqual({ contactId: MARA.id, after: 40, count: 5 });
    page.patch(2, { kind: 'contact', contact: { ...MARA, unread: 0, readUpTo: 45 } });
    expect(page.model.arrival.value?.count).toBe(5);
    page.model.back();
    page.model.goToContact(MARA.id);
    expect(page.model.arrival.value).toBeNull();
  });

  it('is read as far as it has been on the screen', () => {
    const page = unread(3);
    const messages = [40, 41, 42, 43].map((sequence) => incoming(sequence, { isRead: sequence === 40 }));
    page.patch(2, { kind: 'conversation', conversation: { contactId: MARA.id, messages, hasEarlier: true, hasLater: true } });
    page.model.seen(42);
    expect(page.said('conversation.read')).toEqual([{ kind: 'conversation.read', contactId: MARA.id, upTo: 42 }]);
  });

  it('is not read past what is missing before the window', () => {
    const page = unread(80);
    const messages = [60, 61].map((sequence) => incoming(sequence));
    page.patch(2, { kind: 'conversation', conversation: { contactId: MARA.id, messages, hasEarlier: true, hasLater: true } });
    page.model.seen(61);
    expect(page.said('conversation.read')).toEqual([]);
  });
});

describe('the actions of a message', () => {
  const sent = (delivery: NonNullable<MessageView['delivery']>) => mine(1, 'hello', 0, delivery);

  it('never change or delete for everyone what others wrote', () => {
    const actions = actionsFor(theirs(1, 'hello', 0), MARA);
    for (const action of ['edit', 'take-back', 'delete-everyone', 'to-server', 'to-device'] as const) expect(actions).not.toContain(action);
  });

  it('take back what waits, here or there, and not what has arrived', () => {
    expect(actionsFor(sent({ stage: 'local' }), MARA)).toContain('take-back');
    expect(actionsFor(sent({ stage: 'held' }), MARA)).toContain('take-back');
    expect(actionsFor(sent({ stage: 'held', takeBack: 'unanswered' }), MARA)).toContain('take-back');
    expect(actionsFor(sent({ stage: 'held', takeBack: 'asked' }), MARA)).not.toContain('take-back');
    expect(actionsFor(sent({ stage: 'held', takeBack: 'fetched' }), MARA)).not.toContain('take-back');
    expect(actionsFor(sent({ stage: 'delivered' }), MARA)).not.toContain('take-back');
  });

  it('offer the other place to one that waits here', () => {
    expect(actionsFor({ ...sent({ stage: 'local' }), routing: 'device' }, MARA)).toContain('to-server');
    expect(actionsFor({ ...sent({ stage: 'local' }), routing: 'relay' }, MARA)).toContain('to-device');
    expect(actionsFor(sent({ stage: 'held' }), MARA)).not.toContain('to-device');
  });

  it('are few when there is nothing left of it, or it is not stored yet', () => {
    const deleted = { ...sent({ stage: 'read' }), text: '', deleted: { atMs: 0, confirmedAtMs: null } };
    expect(actionsFor(deleted, MARA)).toEqual(['details', 'delete-me']);
    expect(actionsFor({ ...sent({ stage: 'local' }), delivery: null }, MARA)).toEqual(['copy']);
  });

  it('have keys that do only what is offered', () => {
    expect(actionOfKey('e', sent({ stage: 'read' }), MARA)).toBe('edit');
    expect(actionOfKey('e', theirs(1, 'hello', 0), MARA)).toBeNull();
    expect(actionOfKey('q', sent({ stage: 'read' }), MARA)).toBeNull();
  });
});
