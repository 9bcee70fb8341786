/** Edits, reactions and deletions: what both sides show, in whatever order they come and however often. */
import { describe, expect, test } from 'vitest';
import { keys, type MessageRecord, type OutboxRow, type SaidRecord } from '../../../lib/app/records';
import type { MessageView } from '../../../lib/app/view';
import { drawnFrom, printedSeed } from '../../support/seed';
import { newId, type Pair, type Party, RELAY, record, twoContacts } from '../../support/two-parties';

type Routing = 'device' | 'relay';

async function say(party: Party, text: string, routing: Routing = 'device', replyTo?: string): Promise<string> {
  const id = newId();
  const contactId = party.contact().id;
  party.page.send({ kind: 'message.send', id, contactId, text, routing, ...(replyTo ? { replyTo } : {}) });
  await party.world.clock.until(() => party.page.results.has(id), 'answered');
  expect(party.page.results.get(id)).toEqual({ ok: true });
  return id;
}

const edit = (party: Party, messageId: string, text: string) =>
  party.ask({ kind: 'message.edit', contactId: party.contact().id, messageId, text });
const react = (party: Party, messageId: string, emoji: string) =>
  party.ask({ kind: 'message.react', contactId: party.contact().id, messageId, emoji });
const remove = (party: Party, messageIds: readonly string[], scope: 'me' | 'everyone' = 'everyone') =>
  party.ask({ kind: 'message.delete', contactId: party.contact().id, messageIds, scope });

function shown(party: Party, id: string): MessageView {
  const found = party.messages().find((message) => message.id === id);
  if (!found) throw new Error('not shown');
  return found;
}

/** What everybody may see of it. */
function seen(party: Party, id: string) {
  const { text, editedAtMs, deleted, reactions, isMine } = shown(party, id);
  return { text, isEdited: editedAtMs !== null, isDeleted: deleted !== null, reactions: isMine ? reactions : swapped(reactions) };
}

const swapped = ({ mine, theirs }: MessageView['reactions']) => ({ mine: theirs, theirs: mine });

async function found(party: Party, text: string): Promise<number | undefined> {
  const result = await party.ask({ kind: 'search.find', text, contactId: null, limit: 10 });
  return result.ok ? result.found?.hits.length : -1;
}

const rows = async (party: Party, store: string) => (await party.store.range([store, party.contact().id])).length;

/** Nothing is owed and nothing unconfirmed on either side. */
async function settled({ ana, jun, clock }: Pair): Promise<void> {
  await clock.advance(15_000);
  for (const party of [ana, jun]) {
    expect((await party.store.range(['outbox'])).map(([, row]) => (row as OutboxRow).body)).toEqual([]);
    for (const store of ['unconfirmed', 'said', 'early', 'withdrawal']) expect([store, await rows(party, store)]).toEqual([store, 0]);
    expect(await party.store.range(['early-on'])).toEqual([]);
  }
}

async function onString(): Promise<Pair> {
  const pair = await twoContacts();
  await pair.clock.until(() => pair.ana.contact().string.kind === 'open' && pair.jun.contact().string.kind === 'open', 'string');
  await pair.clock.advance(2000);
  return pair;
}

/** Both only through the relay; Jun is away. */
async function throughRelay(): Promise<Pair> {
  const pair = await twoContacts('denied');
  await pair.clock.advance(5000);
  pair.jun.closeBrowser();
  return pair;
}

async function back({ jun, clock }: Pair, contactId: string): Promise<void> {
  jun.openBrowser();
  await clock.until(() => jun.page.view !== null, 'awake');
  await jun.show(contactId);
}

describe('on both screens', () => {
  test('an edited text reads anew, marked, in the list and in search; who has not written it can’t', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const id = await say(ana, 'the blue pot');
    await clock.until(() => jun.messages().length === 1, 'there');
    expect(await edit(ana, id, 'the green pot')).toEqual({ ok: true });
    await clock.until(() => jun.messages()[0]?.text === 'the green pot', 'edited there');
    for (const party of [ana, jun]) {
      expect(seen(party, id)).toMatchObject({ text: 'the green pot', isEdited: true });
      expect(party.contact().last?.text).toBe('the green pot');
      expect([await found(party, 'blue'), await found(party, 'green')]).toEqual([0, 1]);
      await clock.advance(10_000);
      expect([await found(party, 'blue'), await found(party, 'green')]).toEqual([0, 1]);
    }
    expect(await edit(jun, id, 'mine now')).toEqual({ ok: false, code: 'message-theirs' });
    expect(await edit(ana, newId(), 'nothing')).toEqual({ ok: false, code: 'message-unknown' });
    expect(await edit(ana, id, '  ')).toEqual({ ok: false, code: 'text-empty' });
    expect(await edit(ana, id, 'x'.repeat(20_001))).toEqual({ ok: false, code: 'text-too-long' });
    await settled(pair);
  });

  test('one reaction of each: it changes, and goes; what is no emoji is none', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const id = await say(ana, 'hello');
    await clock.until(() => jun.messages().length === 1, 'there');
    for (const emoji of ['👍', '👩‍👩‍👧‍👦', '🇳🇱', '']) {
      expect(await react(jun, id, emoji)).toEqual({ ok: true });
      await clock.until(() => (shown(ana, id).reactions.theirs ?? '') === emoji, `${emoji} there`);
    }
    await react(ana, id, '1️⃣');
    await react(jun, id, '❤️');
    await clock.until(() => shown(jun, id).reactions.theirs === '1️⃣' && shown(ana, id).reactions.theirs === '❤️', 'both');
    expect(seen(ana, id)).toEqual(seen(jun, id));
    for (const wrong of ['x', '👍👍', 'ok 👍', ' ']) expect(await react(jun, id, wrong)).toEqual({ ok: false, code: 'reaction-none' });
    await settled(pair);
  });

  test('deleted for everyone, a line stays on both sides and nothing of the text anywhere; the sender hears of it', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const id = await say(ana, 'the key is under the blue pot');
    await clock.until(() => jun.messages().length === 1, 'there');
    const answer = await say(jun, 'thanks', 'device', id);
    await clock.until(() => ana.messages().length === 2, 'answered');
    for (const party of [ana, jun])
      expect(shown(party, answer).reply).toMatchObject({ kind: 'known', id, excerpt: 'the key is under the blue pot' });
    await react(jun, id, '👍');
    await clock.until(() => shown(ana, id).reactions.theirs === '👍', 'reacted');
    expect(await remove(jun, [id])).toEqual({ ok: false, code: 'message-theirs' });
    expect(await remove(ana, [id])).toEqual({ ok: true });
    await clock.until(() => shown(ana, id).deleted?.confirmedAtMs != null, 'confirmed');
    for (const party of [ana, jun]) {
      expect(seen(party, id)).toEqual({ text: '', isEdited: false, isDeleted: true, reactions: { mine: null, theirs: null } });
      expect(shown(party, answer).reply).toEqual({ kind: 'gone' });
      await party.show(null);
      await party.show(party.contact().id);
      expect(shown(party, answer).reply).toEqual({ kind: 'gone' });
      await clock.advance(10_000);
      expect(await found(party, 'blue')).toBe(0);
      expect(JSON.stringify([...party.store.image().values()])).not.toContain('blue pot');
    }
    expect(await edit(ana, id, 'again')).toEqual({ ok: false, code: 'message-over' });
    expect(await react(jun, id, '👍')).toEqual({ ok: false, code: 'message-over' });
    expect(await remove(ana, [id])).toEqual({ ok: true });
    await settled(pair);
  });

  test('a contact who edits or deletes what somebody else wrote changes nothing', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const [id, theirs] = [await say(ana, 'mine'), await say(jun, 'yours')];
    await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'there');
    for (const party of [ana, jun]) party.host.cutAll();
    jun.host.isDeaf = true;
    await edit(jun, theirs, 'never yours');
    await remove(jun, [theirs]);
    jun.killWorker();
    // As another program would: what was said of their own message names Ana's.
    const { id: toAna } = jun.contact();
    const sequence = (await jun.store.get(keys.content(toAna, theirs))) as number;
    const { deleted: _deleted, ...message } = (await jun.store.get(keys.message(toAna, sequence))) as MessageRecord;
    const edited = { order: message.order + 100_000, atMs: clock.now() };
    await jun.store.commit([{ kind: 'put', key: keys.message(toAna, sequence), value: { ...message, text: 'never yours', edited } }]);
    for (const [key, value] of await jun.store.range(['said', toAna])) {
      const said = value as SaidRecord;
      const what = said.what.kind === 'delete' ? { kind: 'delete', targets: [id] } : { ...said.what, target: id };
      await jun.store.commit([{ kind: 'put', key, value: { ...said, what } }]);
    }
    const kept = await record(jun);
    const lies = [{ kind: 'edit', target: id, sequence } as const, { kind: 'delete', targets: [id] } as const];
    for (const [i, what] of lies.entries()) {
      const [contentId, n] = [newId(), kept.nextOutbox + i];
      const row: OutboxRow = { n, contentId, body: { kind: 'said', id: contentId, part: 0 }, mayWait: true, sealed: null };
      await jun.store.commit([
        { kind: 'put', key: keys.said(toAna, contentId), value: { what, mayWait: true, atMs: clock.now() } satisfies SaidRecord },
        { kind: 'put', key: keys.outbox(toAna, n), value: row },
      ]);
    }
    await jun.store.commit([{ kind: 'put', key: keys.contact(toAna), value: { ...kept, nextOutbox: kept.nextOutbox + lies.length } }]);
    jun.wake();
    jun.host.isDeaf = false;
    jun.host.cutAll();
    await clock.until(() => jun.page.view !== null, 'awake');
    await clock.advance(30_000);
    expect(await rows(jun, 'said')).toBe(0);
    expect(seen(ana, id)).toMatchObject({ text: 'mine', isEdited: false, isDeleted: false });
  });

  test('deleted for oneself it is gone here alone, and what comes for it later does nothing', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const id = await say(ana, 'hello');
    await clock.until(() => jun.messages().length === 1, 'there');
    expect(await remove(jun, [id, newId()], 'me')).toEqual({ ok: true });
    expect(jun.messages()).toEqual([]);
    await edit(ana, id, 'hello again');
    await react(ana, id, '👍');
    await clock.advance(5000);
    expect([jun.messages(), jun.contact().last, jun.contact().unread]).toEqual([[], null, 0]);
    expect(seen(ana, id)).toMatchObject({ text: 'hello again' });
    await remove(ana, [id]);
    await clock.until(() => shown(ana, id).deleted?.confirmedAtMs != null, 'confirmed all the same');
    await settled(pair);
  });

  test('one that nobody has heard yet is rewritten without a mark, or never leaves', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const contactId = jun.contact().id;
    jun.closeBrowser();
    await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
    const [kept, dropped] = [await say(ana, 'first'), await say(ana, 'never mind')];
    await edit(ana, kept, 'first, better');
    await remove(ana, [dropped]);
    expect(seen(ana, kept)).toMatchObject({ text: 'first, better', isEdited: false });
    expect(shown(ana, dropped)).toMatchObject({ text: '', delivery: { outcome: { kind: 'taken-back' } } });
    expect(ana.contact().waiting).toBe(1);
    await back(pair, contactId);
    await clock.until(() => jun.messages().length === 1, 'there');
    await clock.advance(5000);
    expect(jun.messages().map(({ text, editedAtMs }) => [text, editedAtMs])).toEqual([['first, better', null]]);
    await settled(pair);
  });

  test('one that may have come there is not rewritten in silence, though it waits to be sealed anew', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const contactId = jun.contact().id;
    jun.host.isDeaf = true;
    const id = await say(ana, 'first');
    await clock.until(() => jun.messages().length === 1, 'there, and its receipt is lost');
    jun.closeBrowser();
    await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
    // As a session that is given up leaves it.
    ana.killWorker();
    for (const [key, row] of await ana.store.range(['outbox']))
      await ana.store.commit([{ kind: 'put', key, value: { ...(row as OutboxRow), sealed: null } }]);
    ana.wake();
    await clock.until(() => ana.messages().length === 1, 'awake');
    await edit(ana, id, 'second');
    expect(seen(ana, id)).toMatchObject({ text: 'second', isEdited: true });
    await back(pair, contactId);
    await clock.until(() => jun.messages()[0]?.text === 'second', 'edited there');
    expect(seen(jun, id)).toEqual(seen(ana, id));
  });

  test('what the relay still holds is let go of, and the contact shows a deleted line at most', async () => {
    const pair = await throughRelay();
    const { ana, jun, clock, world } = pair;
    const contactId = (await jun.store.range(['contact']))[0]?.[0][1] as string;
    const id = await say(ana, 'on the relay', 'relay');
    await clock.until(() => shown(ana, id).delivery?.stage === 'held', 'held');
    await remove(ana, [id]);
    await clock.until(() => world.relays.get(RELAY)?.heard.some(({ kind }) => kind === 'del') ?? false, 'asked');
    await back(pair, contactId);
    await clock.until(() => shown(ana, id).deleted?.confirmedAtMs != null, 'confirmed');
    expect(jun.messages().every(({ text }) => text === '')).toBe(true);
    expect(jun.contact().waiting + ana.contact().waiting).toBe(0);
  });
});

describe('in any order', () => {
  /** Everything Ana says and does of three messages, in a shuffled order, some of it twice. */
  async function muddled(draw: () => number): Promise<Pair & { ids: string[] }> {
    const pair = await throughRelay();
    const { ana, jun, clock, world } = pair;
    const contactId = (await jun.store.range(['contact']))[0]?.[0][1] as string;
    const ids: string[] = [];
    for (const text of ['edited', 'reacted', 'deleted']) ids.push(await say(ana, text, 'relay'));
    const [first = '', second = '', third = ''] = ids;
    await clock.until(() => ana.contact().waiting === 0, 'held');
    await edit(ana, first, 'edited once');
    await clock.advance(1000);
    await edit(ana, first, 'edited twice');
    await react(ana, second, '👍');
    await clock.advance(1000);
    await react(ana, second, '❤️');
    await edit(ana, third, 'to be deleted');
    await clock.advance(1000);
    await remove(ana, [third]);
    await clock.advance(5000);
    world.relays.get(RELAY)?.shuffleWaiting(draw);
    await back(pair, contactId);
    return { ...pair, ids };
  }

  test('edit, reaction and deletion that come before their message wait for it', async () => {
    const seed = printedSeed('life');
    for (let round = 0; round < 5; round++) {
      const pair = await muddled(drawnFrom(seed + round));
      const { ana, jun, clock, ids } = pair;
      await clock.until(() => (jun.messages().length ?? 0) >= 2, 'there');
      await clock.advance(30_000);
      const [first = '', second = '', third = ''] = ids;
      expect(
        jun
          .messages()
          .map(({ id }) => id)
          .filter((id) => id !== third),
      ).toEqual([first, second]);
      expect(seen(jun, first)).toMatchObject({ text: 'edited twice', isEdited: true });
      expect(shown(jun, second).reactions).toEqual({ mine: null, theirs: '❤️' });
      for (const message of jun.messages().filter(({ id }) => id === third)) expect(message).toMatchObject({ text: '' });
      expect(JSON.stringify([...jun.store.image().values()])).not.toContain('to be deleted');
      expect(shown(ana, third).deleted?.confirmedAtMs).not.toBeNull();
      expect([...ana.faults, ...jun.faults]).toEqual([]);
      // A deletion may wait for a message that the relay let go of.
      expect((await jun.store.range(['early'])).every(([key]) => key[2] === third)).toBe(true);
    }
  }, 60_000);

  test('a relay that drops all of it: it is asked after and comes all the same', async () => {
    const pair = await twoContacts();
    const { ana, jun, clock, world } = pair;
    const contactId = jun.contact().id;
    const id = await say(ana, 'hello');
    const other = await say(ana, 'goes');
    await clock.until(() => jun.messages().length === 2, 'there');
    jun.closeBrowser();
    await clock.until(() => ana.contact().string.kind !== 'open', 'alone');
    await ana.store.commit([]);
    for (const messageId of [id, other]) {
      const sequence = (await ana.store.get(keys.content(ana.contact().id, messageId))) as number;
      const key = keys.message(ana.contact().id, sequence);
      await ana.store.commit([{ kind: 'put', key, value: { ...((await ana.store.get(key)) as MessageRecord), mayWait: true } }]);
    }
    await edit(ana, id, 'hello, edited');
    await react(ana, id, '👍');
    await remove(ana, [other]);
    await clock.until(() => ana.store.image().size > 0, 'written');
    await clock.advance(5000);
    expect((await ana.store.range(['outbox'])).length).toBe(0);
    expect(await rows(ana, 'said')).toBe(3);
    world.relays.get(RELAY)?.loseEverythingWaiting();
    await back(pair, contactId);
    await clock.until(() => jun.messages()[0]?.text === 'hello, edited', 'edited after all');
    await clock.until(() => shown(ana, other).deleted?.confirmedAtMs != null, 'deleted after all');
    expect(seen(jun, id)).toEqual(seen(ana, id));
    await settled(pair);
  });

  test('where no string ever opens, it is asked after through the relay within two days', async () => {
    const pair = await throughRelay();
    const { ana, jun, clock, world } = pair;
    const contactId = (await jun.store.range(['contact']))[0]?.[0][1] as string;
    const id = await say(ana, 'hello', 'relay');
    await back(pair, contactId);
    await clock.until(() => jun.messages().length === 1, 'there');
    await clock.advance(5000);
    jun.closeBrowser();
    await react(ana, id, '👍');
    await edit(ana, id, 'hello, edited');
    await clock.advance(5000);
    world.relays.get(RELAY)?.loseEverythingWaiting();
    await back(pair, contactId);
    for (let day = 0; day < 2; day++) {
      await clock.advance(24 * 3600_000);
      ana.front.tick();
      await clock.advance(10_000);
    }
    expect(seen(jun, id)).toEqual(seen(ana, id));
    expect(seen(jun, id)).toMatchObject({ text: 'hello, edited', reactions: { mine: '👍' } });
    await settled(pair);
  });

  test('both at once: each side keeps its own of everything, and an edit of what is deleted is lost to the deletion', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const [id, theirs] = [await say(ana, 'mine'), await say(jun, 'yours')];
    await clock.until(() => ana.messages().length === 2 && jun.messages().length === 2, 'both there');
    for (const party of [ana, jun]) party.host.cutAll();
    await Promise.all([edit(ana, id, 'mine, edited'), edit(jun, theirs, 'yours, edited'), react(ana, theirs, '👍'), react(jun, id, '🎉')]);
    await Promise.all([edit(ana, id, 'mine, edited again'), remove(jun, [theirs]), react(ana, theirs, '❤️')]);
    await clock.until(() => shown(jun, theirs).deleted?.confirmedAtMs != null, 'deleted');
    await clock.until(() => shown(jun, id).text === 'mine, edited again', 'edited');
    await clock.advance(10_000);
    for (const each of [id, theirs]) expect(seen(ana, each)).toEqual(seen(jun, each));
    expect(seen(ana, theirs)).toMatchObject({ text: '', isDeleted: true });
    await settled(pair);
  });

  test('a contact leaves only so much here that waits for nothing; it is swept in the end, and forgotten with them', async () => {
    const pair = await throughRelay();
    const { ana, jun, clock, world } = pair;
    const contactId = (await jun.store.range(['contact']))[0]?.[0][1] as string;
    const ids: string[] = [];
    for (let i = 0; i < 80; i++) ids.push(await say(ana, `text ${i}`, 'relay'));
    await clock.until(() => ana.contact().waiting === 0, 'held');
    world.relays.get(RELAY)?.loseEverythingWaiting();
    for (const id of ids) await react(ana, id, '👍');
    await clock.advance(5000);
    await back(pair, contactId);
    await clock.advance(10_000);
    expect(await rows(jun, 'early')).toBe(64);
    // Those are confirmed, and no others: they would have been lost.
    expect(await rows(ana, 'said')).toBe(16);
    const kept = jun.store.image();
    expect(await jun.ask({ kind: 'contact.remove', contactId })).toEqual({ ok: true });
    expect([...(await jun.store.range(['early'])), ...(await jun.store.range(['early-on']))]).toEqual([]);
    jun.killWorker();
    jun.store.restore(kept);
    jun.wake();
    await clock.until(() => jun.page.view !== null, 'awake');
    clock.skip(47 * 24 * 3600_000);
    jun.front.tick();
    await clock.advance(2000);
    expect(await rows(jun, 'early')).toBe(0);
    expect(await jun.store.range(['early-on'])).toEqual([]);
  }, 60_000);
});

describe('an answer', () => {
  test('shows what it answers, edited or not, and nothing of what is gone', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const id = await say(ana, `question ${'?'.repeat(300)}`);
    await clock.until(() => jun.messages().length === 1, 'there');
    const answer = await say(jun, 'answer', 'device', id);
    const lost = await say(jun, 'to nothing', 'device', newId());
    await clock.until(() => ana.messages().length === 3, 'answered');
    for (const party of [ana, jun]) {
      expect(shown(party, answer).reply).toEqual({
        kind: 'known',
        id,
        sequence: 1,
        isMine: party === ana,
        excerpt: `question ${'?'.repeat(111)}`,
      });
      expect(shown(party, lost).reply).toEqual({ kind: 'gone' });
    }
    await edit(ana, id, 'question!');
    await clock.until(() => shown(jun, id).text === 'question!', 'edited');
    for (const party of [ana, jun]) expect(shown(party, answer).reply).toMatchObject({ kind: 'known', excerpt: 'question!' });
    await remove(jun, [id], 'me');
    await clock.rest();
    expect(shown(jun, answer).reply).toEqual({ kind: 'gone' });
    expect(shown(ana, answer).reply).toMatchObject({ kind: 'known' });
    expect((await record(jun)).last?.text).toBe('to nothing');
  });
});

describe('a draft', () => {
  test('keeps what it answers or edits, over a death of the worker, until it is sent or that is gone', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const contactId = ana.contact().id;
    const [id, theirs] = [await say(ana, 'mine'), await say(jun, 'yours')];
    await clock.until(() => ana.messages().length === 2, 'there');
    const draft = () => [ana.contact().draft, ana.contact().draftReplyTo, ana.contact().draftEdits];
    await ana.ask({ kind: 'draft.save', contactId, text: 'well', replyTo: theirs });
    ana.restartWorker();
    await clock.until(() => ana.page.view !== null, 'awake');
    expect(draft()).toEqual(['well', theirs, null]);
    await remove(jun, [theirs]);
    await clock.until(() => ana.contact().draftReplyTo === null, 'nothing to answer any more');
    expect(draft()).toEqual(['well', null, null]);
    await ana.ask({ kind: 'draft.save', contactId, text: 'mine, anew', edits: id });
    expect(draft()).toEqual(['mine, anew', null, id]);
    await remove(ana, [id], 'me');
    await clock.until(() => ana.contact().draftEdits === null, 'nothing to edit any more');
    expect(draft()).toEqual(['', null, null]);
    await ana.ask({ kind: 'draft.save', contactId, text: 'bye', replyTo: theirs });
    await say(ana, 'bye');
    expect(draft()).toEqual(['', null, null]);
    expect(await ana.ask({ kind: 'draft.save', contactId: newId(), text: '' })).toEqual({ ok: false, code: 'contact-unknown' });
  });

  test('that changes a message lies above what was being written, which comes back when it is made or can’t be', async () => {
    const pair = await onString();
    const { ana, jun, clock } = pair;
    const contactId = ana.contact().id;
    const [id, theirs] = [await say(ana, 'mine'), await say(jun, 'yours')];
    await clock.until(() => ana.messages().length === 2, 'there');
    const draft = () => {
      const { draft: text, draftReplyTo, draftEdits, draftUnder } = ana.contact();
      return [text, draftReplyTo, draftEdits, draftUnder];
    };
    const change = { kind: 'draft.save', contactId, text: 'mine, anew', replyTo: theirs, edits: id, under: 'half a thought' } as const;
    await ana.ask(change);
    ana.restartWorker();
    await clock.until(() => ana.page.view !== null, 'awake');
    expect(draft()).toEqual(['mine, anew', theirs, id, 'half a thought']);
    await ana.ask({ kind: 'message.edit', contactId, messageId: id, text: 'mine, anew' });
    expect(draft()).toEqual(['half a thought', theirs, null, '']);
    await ana.ask(change);
    await remove(ana, [id], 'me');
    await clock.until(() => ana.contact().draftEdits === null, 'nothing to edit any more');
    expect(draft()).toEqual(['half a thought', theirs, null, '']);
    // A page that had not heard of it yet.
    await ana.ask(change);
    expect(draft()).toEqual(['half a thought', theirs, null, '']);
  });
});

test('a receipt that says that a message came and that it was deleted says both', async () => {
  const pair = await onString();
  const { ana, jun, clock } = pair;
  const first = await say(ana, 'first');
  await clock.until(() => shown(ana, first).delivery?.stage === 'delivered', 'there');
  const id = await say(ana, 'second');
  await remove(ana, [id]);
  await clock.advance(20_000);
  expect(shown(ana, id)).toMatchObject({ delivery: { stage: 'delivered' }, deleted: { confirmedAtMs: expect.any(Number) } });
  expect(shown(jun, id).text).toBe('');
});
