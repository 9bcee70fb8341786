/** A contact who sends more than any app of theirs would: what it costs this device has a bound. */
import { expect, test } from 'vitest';
import type { EarlyRecord } from '../../../lib/app/early';
import type { OutboxRow } from '../../../lib/app/records';
import { fromHex } from '../../../lib/protocol/bytes';
import type { Content } from '../../../lib/protocol/content';
import { partId, splitText } from '../../../lib/protocol/content-life';
import { slipIn } from '../../support/owing';
import { newId, type Party, twoContacts } from '../../support/two-parties';

const newIds = (count: number) => Array.from({ length: count }, newId);
const query = (ids: readonly string[]): Content => ({
  ...{ kind: 'query', ids: ids.map(fromHex), mayWait: false },
  contentId: fromHex(newId()),
});

async function owed(party: Party): Promise<string[][]> {
  const rows = (await party.store.range(['outbox'])).map(([, row]) => (row as OutboxRow).body);
  return rows.flatMap((body) => (body.kind === 'receipt' ? [[...body.delivered, ...body.read, ...body.missing]] : []));
}

test('answers that have no way wait together: each id once, and only so many of them', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  await clock.advance(5000);
  const ids = newIds(450);
  const small = ids.map((id) => query([id]));
  await slipIn(jun, ana, [...small.slice(0, 100), ...small.slice(0, 100), query(ids)]);
  expect((await owed(ana)).map((each) => each.toSorted())).toEqual([ids.toSorted()]);
});

test('a contact who asks after more than could ever be answered is answered for ten thousand', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  await clock.advance(5000);
  await slipIn(
    jun,
    ana,
    Array.from({ length: 40 }, () => query(newIds(500))),
  );
  expect(await owed(ana)).toHaveLength(20);
  expect(ana.faults).toEqual([]);
});

test('a deletion of five hundred messages that never came is kept once, not five hundred times', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  await clock.advance(5000);
  const targets = newIds(500).map(fromHex);
  await slipIn(jun, ana, [{ kind: 'delete', targets, mayWait: true, contentId: fromHex(newId()) }]);
  const kept = (await ana.store.range(['early'])).map(([, row]) => (row as EarlyRecord).content);
  expect(kept.flatMap((content) => (content.kind === 'delete' ? content.targets : []))).toHaveLength(500);
});

test('a text or an edit of more letters than anybody may write is refused with all its parts; one of as many is not', async () => {
  const { ana, jun, clock } = await twoContacts('denied');
  await clock.advance(5000);
  const whole = { sentAtMs: clock.now(), expiry: null, replyTo: null, mayWait: true };
  const textOf = (id: string, text: string, order: number): readonly Content[] => {
    const [first = '', ...others] = splitText(text);
    const contentId = fromHex(id);
    const parts = others.map((part, i): Content => {
      const index = i + 1;
      return { kind: 'part', of: contentId, index, text: part, contentId: partId(contentId, index), mayWait: true };
    });
    return [{ ...whole, kind: 'text', text: first, parts: 1 + others.length, order, contentId }, ...parts];
  };
  const editOf = (target: string, text: string): readonly Content[] => {
    const [first, ...others] = textOf(newId(), text, clock.now() + 2);
    if (first?.kind !== 'text') throw new Error('no text');
    const { parts, order, contentId } = first;
    return [{ kind: 'edit', target: fromHex(target), order, parts, text: first.text, contentId, mayWait: true }, ...others];
  };
  const [longest, id] = ['a'.repeat(20_000), newId()];
  const contents = [...textOf(id, longest, clock.now()), ...textOf(newId(), `${longest}b`, clock.now() + 1), ...editOf(id, `${longest}c`)];
  await slipIn(jun, ana, contents);
  expect(ana.messages().map(({ text, editedAtMs }) => [text, editedAtMs])).toEqual([[longest, null]]);
  expect(ana.faults).toMatchObject([{ code: 'too-large' }, { code: 'too-large' }]);
  expect(await ana.store.range(['early'])).toEqual([]);
  expect(await ana.store.range(['content'])).toHaveLength(1);
});
