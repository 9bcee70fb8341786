import { describe, expect, it } from 'vitest';
import { chatPage, fakePage, incoming, JUN, MARA, outgoing } from './fake-page';

const texts = (page: ReturnType<typeof fakePage>) => page.model.messages.value?.map((message) => message.text);

function write(page: ReturnType<typeof fakePage>, text: string) {
  page.model.chat.write(MARA.id, text);
  const sent = page.model.chat.submit(MARA.id);
  const id = page.said('message.send').at(-1)?.id ?? '';
  return { id, sent };
}

describe('sending', () => {
  it('shows a sent message at once, and never as on this device before the background says so', () => {
    const page = chatPage([incoming(1)]);
    write(page, 'hello');
    expect(texts(page)).toEqual(['text 1', 'hello']);
    expect(page.model.messages.value?.at(-1)?.delivery).toBeNull();
  });

  it('replaces it once by the stored message, whichever of patch and result comes first', async () => {
    for (const order of ['patch first', 'result first']) {
      const page = chatPage([incoming(1)]);
      const { id, sent } = write(page, 'hello');
      const store = () => page.patch(2, { kind: 'message', contactId: MARA.id, message: { ...outgoing(id, 2), text: 'hello' } });
      if (order === 'patch first') store();
      page.succeed(id);
      await sent;
      expect(texts(page)).toEqual(['text 1', 'hello']);
      if (order === 'result first') store();
      page.patch(3, { kind: 'message', contactId: MARA.id, message: { ...outgoing(id, 2), text: 'hello' } });
      expect(texts(page)).toEqual(['text 1', 'hello']);
    }
  });

  it('shows the message once when the port dies between storing and answering', () => {
    const page = chatPage();
    const { id } = write(page, 'hello');
    page.line().die();
    page.pass(250);
    expect(page.said('message.send').map((command) => command.id)).toEqual([id]);
    const conversation = { contactId: MARA.id, messages: [{ ...outgoing(id, 1), text: 'hello' }], hasEarlier: false, hasLater: false };
    page.snapshot({ conversation }, 4, 'two');
    page.succeed(id);
    expect(texts(page)).toEqual(['hello']);
  });

  it('keeps the order of messages sent before any was stored', () => {
    const page = chatPage();
    write(page, 'one');
    const second = write(page, 'two');
    page.patch(2, { kind: 'message', contactId: MARA.id, message: { ...outgoing('f'.repeat(32), 1), text: 'one from elsewhere' } });
    expect(texts(page)).toEqual(['one from elsewhere', 'one', 'two']);
    expect(second.id).not.toBe('');
  });

  it('leaves a message to the next window once it is stored and another place is shown', async () => {
    const page = chatPage();
    const { id, sent } = write(page, 'hello');
    page.model.back();
    page.succeed(id);
    await sent;
    page.model.goToContact(MARA.id);
    page.patch(2, {
      kind: 'conversation',
      conversation: { contactId: MARA.id, messages: [incoming(60)], hasEarlier: true, hasLater: false },
    });
    expect(texts(page)).toEqual(['text 60']);
  });

  it('gives the text back to the composer when it is refused', async () => {
    const page = chatPage();
    const { id, sent } = write(page, 'too long');
    page.line().push({ kind: 'result', id, result: { ok: false, code: 'text-too-long' } });
    await sent;
    expect(texts(page)).toEqual([]);
    expect(page.model.chat.textOf(MARA)).toBe('too long');
    expect(page.model.progressOf('message')).toEqual({ kind: 'failed', code: 'text-too-long' });
  });

  it('sends nothing for a blank draft', async () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, ' \n ');
    await page.model.chat.submit(MARA.id);
    expect(page.said('message.send')).toEqual([]);
  });
});

describe('reading', () => {
  it('reports the newest message only when it can be seen', () => {
    const page = chatPage([incoming(1), incoming(2)]);
    expect(page.said('conversation.read')).toEqual([]);
    page.model.seen(Number.POSITIVE_INFINITY);
    expect(page.said('conversation.read')).toEqual([{ kind: 'conversation.read', contactId: MARA.id, upTo: 2 }]);
  });

  it('reports nothing while the page is hidden, and everything once it is shown', () => {
    const page = chatPage([incoming(1)]);
    page.setVisible(false);
    page.model.seen(Number.POSITIVE_INFINITY);
    page.patch(2, { kind: 'message', contactId: MARA.id, message: incoming(2) });
    expect(page.said('conversation.read')).toEqual([]);
    page.setVisible(true);
    expect(page.said('conversation.read').map((command) => command.upTo)).toEqual([2]);
  });

  it('reports the first of many at once and the others together, as far as the last', () => {
    const page = chatPage([incoming(1)]);
    page.model.seen(Number.POSITIVE_INFINITY);
    for (const each of [2, 3, 4, 5]) page.patch(each, { kind: 'message', contactId: MARA.id, message: incoming(each) });
    expect(page.said('conversation.read').map((command) => command.upTo)).toEqual([1]);
    page.pass(250);
    expect(page.said('conversation.read').map((command) => command.upTo)).toEqual([1, 5]);
    page.pass(5000);
    expect(page.said('conversation.read')).toHaveLength(2);
  });

  it('reports nothing while the reader is further up', () => {
    const page = chatPage([incoming(1, { isRead: true })]);
    page.model.seen(0);
    page.patch(2, { kind: 'message', contactId: MARA.id, message: incoming(2) });
    expect(page.said('conversation.read')).toEqual([]);
  });

  it('reports nothing from the choices of the contact, where no message is shown', () => {
    const page = chatPage([incoming(1, { isRead: true })]);
    page.model.seen(Number.POSITIVE_INFINITY);
    page.model.go({ kind: 'contact', contactId: MARA.id });
    page.patch(2, { kind: 'message', contactId: MARA.id, message: incoming(2) });
    expect(page.said('conversation.read')).toEqual([]);
  });

  it('says it again on a new port until the background shows it as read', () => {
    const page = chatPage([incoming(1)], { unread: 1 });
    page.model.seen(Number.POSITIVE_INFINITY);
    page.line().die();
    page.awake();
    expect(page.said('conversation.read').map((command) => command.upTo)).toEqual([1]);
    page.snapshot({ contacts: [MARA, JUN] }, 2, 'two');
    page.line().die();
    page.awake();
    expect(page.said('conversation.read')).toEqual([]);
  });
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('drafts', () => {
  it('are saved after a pause in writing, once', () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'a');
    page.pass(200);
    page.model.chat.write(MARA.id, 'ab');
    page.pass(299);
    expect(page.said('draft.save')).toEqual([]);
    page.pass(1);
    expect(page.said('draft.save')).toMatchObject([{ contactId: MARA.id, text: 'ab' }]);
  });

  it('are saved at once when the page is hidden or the conversation is left', () => {
    for (const leave of ['hide', 'back']) {
      const page = chatPage();
      page.model.chat.write(MARA.id, 'a');
      if (leave === 'hide') page.setVisible(false);
      else page.model.back();
      expect(page.said('draft.save').map((command) => command.text)).toEqual(['a']);
    }
  });

  it('follow another window once the background holds what was written here', async () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'mine');
    page.patch(2, { kind: 'contact', contact: { ...MARA, draft: 'theirs' } });
    expect(page.model.chat.textOf({ ...MARA, draft: 'theirs' })).toBe('mine');
    page.pass(300);
    page.patch(3, { kind: 'contact', contact: { ...MARA, draft: 'mine' } });
    page.succeed(page.said('draft.save')[0]?.id ?? '');
    await settled();
    page.patch(4, { kind: 'contact', contact: { ...MARA, draft: 'theirs again' } });
    expect(page.model.chat.textOf({ ...MARA, draft: 'theirs again' })).toBe('theirs again');
  });

  it('do not come back when their saving is told after they were sent (seen as “j74j76”)', async () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'first');
    page.pass(300);
    write(page, 'first');
    // The background takes both in turn: first the save that was under way, then the message that empties the draft.
    page.patch(2, { kind: 'contact', contact: { ...MARA, draft: '' } });
    page.patch(3, { kind: 'contact', contact: { ...MARA, draft: 'first' } });
    expect(page.model.chat.textOf({ ...MARA, draft: 'first' })).toBe('');
  });

  it('are saved again on a new port when the background has not shown them', () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'a');
    page.pass(300);
    page.line().die();
    page.awake();
    expect(page.said('draft.save').map((command) => command.text)).toEqual(['a']);
  });

  it('are saved whole when another window happens to hold the same text meanwhile', () => {
    const page = chatPage();
    page.model.chat.write(MARA.id, 'same');
    page.patch(2, { kind: 'contact', contact: { ...MARA, draft: 'same' } });
    page.pass(300);
    expect(page.said('draft.save').map((command) => command.text)).toEqual(['same']);
  });

  it('keep at once which message they answer or change, and what was being written before the change', () => {
    const page = chatPage([incoming(1), outgoing('b'.repeat(32), 2)]);
    const { chat } = page.model;
    chat.write(MARA.id, 'half a thought');
    chat.reply(MARA.id, incoming(1));
    expect(page.said('draft.save').at(-1)).toMatchObject({ text: 'half a thought', replyTo: incoming(1).id, edits: null });
    chat.edit(MARA.id, outgoing('b'.repeat(32), 2));
    expect(page.said('draft.save').at(-1)).toMatchObject({ text: 'text 2', edits: 'b'.repeat(32), under: 'half a thought' });
    expect(chat.composingOf(MARA.id).replyTo).toBeNull();
    expect(chat.leave(MARA.id)).toBe(true);
    expect(chat.textOf(MARA)).toBe('half a thought');
    expect(chat.composingOf(MARA.id).replyTo?.message?.text).toBe('text 1');
  });

  it('come back in a new page with what they answer or change, also when that is further up than it has', () => {
    const answering = chatPage([incoming(1)], { draft: 'well', draftReplyTo: incoming(1).id });
    expect(answering.model.chat.composingOf(MARA.id).replyTo?.message).toMatchObject({ text: 'text 1' });
    answering.model.chat.write(MARA.id, 'well, yes');
    void answering.model.chat.submit(MARA.id);
    expect(answering.said('message.send')).toMatchObject([{ text: 'well, yes', replyTo: incoming(1).id }]);
    const changing = chatPage([incoming(1)], { draft: 'anew', draftEdits: 'b'.repeat(32), draftUnder: 'half a thought' });
    expect(changing.model.chat.composingOf(MARA.id).editing).toEqual({ id: 'b'.repeat(32), message: null });
    void changing.model.chat.submit(MARA.id);
    expect(changing.said('message.edit')).toMatchObject([{ messageId: 'b'.repeat(32), text: 'anew' }]);
  });

  it('let go of an answer when that message is deleted for everyone', () => {
    const page = chatPage([incoming(1)]);
    page.model.chat.reply(MARA.id, incoming(1));
    const message = incoming(1, { text: '', deleted: { atMs: 1, confirmedAtMs: null } });
    page.patch(2, { kind: 'message', contactId: MARA.id, message });
    expect(page.model.chat.composingOf(MARA.id).replyTo).toBeNull();
    page.model.chat.write(MARA.id, 'to nothing');
    void page.model.chat.submit(MARA.id);
    expect(page.said('message.send')[0]).not.toHaveProperty('replyTo');
  });

  it('are emptied by sending', () => {
    const page = chatPage();
    write(page, 'hello');
    expect(page.model.chat.textOf({ ...MARA, draft: 'hello' })).toBe('');
    expect(page.said('draft.save').map((command) => command.text)).toEqual(['']);
  });
});

describe('earlier messages', () => {
  it('are asked for once at a time, from the first one shown', () => {
    const page = chatPage([incoming(10), incoming(11)]);
    page.model.moving.loadEarlier();
    page.model.moving.loadEarlier();
    expect(page.said('conversation.earlier')).toEqual([{ kind: 'conversation.earlier', contactId: MARA.id, before: 10 }]);
    page.patch(2, { kind: 'earlier', contactId: MARA.id, before: 10, messages: [incoming(8), incoming(9)], hasEarlier: false });
    expect(texts(page)).toEqual(['text 8', 'text 9', 'text 10', 'text 11']);
    page.model.moving.loadEarlier();
    expect(page.said('conversation.earlier')).toHaveLength(1);
  });

  it('can be asked for again after the port died', () => {
    const page = chatPage([incoming(10)]);
    page.model.moving.loadEarlier();
    page.line().die();
    page.model.moving.loadEarlier();
    page.awake();
    page.model.moving.loadEarlier();
    expect(page.said('conversation.earlier')).toHaveLength(1);
  });
});

describe('a fresh window below earlier messages', () => {
  it('has them fetched again, a window at a time, until none is older than the answer', () => {
    const page = chatPage([incoming(1), incoming(2), incoming(3), incoming(4)]);
    page.line().die();
    page.awake();
    const conversation = { contactId: MARA.id, messages: [incoming(4), incoming(5)], hasEarlier: true, hasLater: false };
    page.snapshot({ conversation }, 9, 'two');
    page.patch(9, { kind: 'earlier', contactId: MARA.id, before: 4, messages: [incoming(3, { text: 'changed' })], hasEarlier: true });
    page.patch(9, { kind: 'earlier', contactId: MARA.id, before: 3, messages: [incoming(1), incoming(2)], hasEarlier: false });
    expect(page.said('conversation.earlier').map((command) => command.before)).toEqual([4, 3]);
    expect(texts(page)).toEqual(['text 1', 'text 2', 'changed', 'text 4', 'text 5']);
  });
});

describe('places', () => {
  it('lead from a taken invite to its question, and from the answer to the conversation', async () => {
    const page = fakePage();
    page.snapshot({ contacts: [] });
    page.model.go({ kind: 'add', tab: 'enter' });
    const taken = page.model.takeInvite('link');
    page.patch(2, { kind: 'contact', contact: { ...MARA, state: 'preview' } });
    page.line().push({ kind: 'result', id: page.said('invite.take')[0]?.id ?? '', result: { ok: true, contactId: MARA.id } });
    await taken;
    expect(page.model.place.value).toEqual({ kind: 'answer', contactId: MARA.id });
    const answered = page.model.answerContact(MARA.id, 'denied');
    page.patch(3, { kind: 'contact', contact: { ...MARA, state: 'requested' } });
    page.succeed(page.said('contact.accept')[0]?.id ?? '');
    await answered;
    expect(page.model.place.value).toEqual({ kind: 'chat', contactId: MARA.id });
    expect(page.said('conversation.show').at(-1)?.contactId).toBe(MARA.id);
  });

  it('fall back to the list when their contact is gone', () => {
    const page = chatPage();
    page.patch(2, { kind: 'contact-gone', contactId: MARA.id });
    expect(page.model.place.value).toEqual({ kind: 'list' });
  });

  it('never show the window of another conversation', () => {
    const page = chatPage([incoming(1)]);
    page.model.goToContact(JUN.id);
    expect(page.model.messages.value).toBeNull();
  });

  it('ask for their window when the background had nothing new to say', () => {
    const page = chatPage([incoming(1)]);
    page.line().die();
    page.model.back();
    page.awake();
    page.model.goToContact(JUN.id);
    page.line().die();
    page.pass(250);
    page.line().push({ kind: 'current', epoch: 'one', revision: 1 });
    expect(page.said('conversation.show').map((command) => command.contactId)).toEqual([JUN.id]);
  });

  it('forget a question when left, whatever its answer', async () => {
    const page = fakePage();
    page.snapshot();
    page.model.go({ kind: 'add', tab: 'enter' });
    const taken = page.model.takeInvite('link');
    page.model.back();
    page.line().push({ kind: 'result', id: page.said('invite.take')[0]?.id ?? '', result: { ok: false, code: 'invite-own' } });
    await taken;
    expect(page.model.progressOf('take')).toEqual({ kind: 'idle' });
  });

  it('forget a failure when left', async () => {
    const page = fakePage();
    page.snapshot();
    page.model.go({ kind: 'add', tab: 'enter' });
    const taken = page.model.takeInvite('link');
    page.line().push({ kind: 'result', id: page.said('invite.take')[0]?.id ?? '', result: { ok: false, code: 'invite-own' } });
    await taken;
    page.model.back();
    expect(page.model.progressOf('take')).toEqual({ kind: 'idle' });
  });
});

describe('voice', () => {
  it('starts only once the page could capture, where the page must', async () => {
    const page = fakePage({ voiceCapture: { open: async () => 'permission', release: () => undefined } });
    page.snapshot();
    await page.model.startVoice(MARA.id);
    expect(page.said('voice.start')).toEqual([]);
    expect(page.model.captureFailure.value).toEqual({ contactId: MARA.id, cause: 'permission' });
  });

  it('lets the microphone go when the background refuses, and when voice is turned off', async () => {
    const released: string[] = [];
    const page = fakePage({ voiceCapture: { open: async () => 'ok', release: (contactId) => void released.push(contactId) } });
    page.snapshot();
    const started = page.model.startVoice(MARA.id);
    await expect.poll(() => page.said('voice.start')).toHaveLength(1);
    page.line().push({ kind: 'result', id: page.said('voice.start')[0]?.id ?? '', result: { ok: false, code: 'contact-not-accepted' } });
    await started;
    expect(released).toEqual([MARA.id]);
    page.model.stopVoice(MARA.id);
    expect(released).toEqual([MARA.id, MARA.id]);
  });
});

describe('a thousand messages that come one upon the other', () => {
  function burst(page: ReturnType<typeof fakePage>, from: number, to: number): number {
    let most = 0;
    for (let sequence = from; sequence <= to; sequence += 1) {
      const id = sequence.toString(16).padStart(32, '0');
      page.patch(sequence, { kind: 'message', contactId: MARA.id, message: incoming(sequence, { id }) });
      most = Math.max(most, texts(page)?.length ?? 0);
    }
    return most;
  }

  it('leave a reader at the end with the newest, and not many before it', () => {
    const page = chatPage([incoming(1), incoming(2)]);
    page.model.seen(Number.POSITIVE_INFINITY);
    expect(burst(page, 3, 1000)).toBeLessThanOrEqual(150);
    expect(texts(page)?.at(-1)).toBe('text 1000');
    expect(page.model.conversation.value).toMatchObject({ hasEarlier: true, hasLater: false });
  });

  it('leave a reader who is further up with what they read, and a way to the newest', () => {
    const page = chatPage([incoming(1), incoming(2)]);
    page.model.seen(1);
    expect(burst(page, 3, 1000)).toBeLessThanOrEqual(400);
    expect(texts(page)?.slice(0, 2)).toEqual(['text 1', 'text 2']);
    page.model.moving.toNewest();
    expect(page.said('conversation.show').at(-1)).toMatchObject({ contactId: MARA.id, around: null });
  });

  it('are not made anew while they wait to be stored, but for those whose place changes', () => {
    const page = chatPage([incoming(1)]);
    for (const text of ['one', 'two', 'three']) write(page, text);
    const [, one, two] = page.model.messages.value ?? [];
    write(page, 'four');
    expect(page.model.messages.value?.[1]).toBe(one);
    page.patch(2, { kind: 'message', contactId: MARA.id, message: { ...outgoing(one?.id ?? '', 2), text: 'one' } });
    expect(page.model.messages.value?.[2]).toBe(two);
  });
});
