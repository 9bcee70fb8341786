/**
 * Runs in a page of the extension, over the product's own database, keyring and vault: fills them as years of talk would, and
 * commits as a received message does.
 */
import type { StoreChange } from '../../lib/app/ports';
import { type ContactRecord, dayOf, keys, type MessageRecord } from '../../lib/app/records';
import { fromHex } from '../../lib/protocol/bytes';
import { openRecords } from '../../lib/storage/database';
import { createKeyring } from '../../lib/storage/keyring';
import { drawnFrom } from '../support/seed';

const MINUTE_MS = 60_000;
const NOBODYS_RELAY = 'ws://127.0.0.1:9';
const WORDS = 8000;
const PER_TRANSACTION = 1000;
/** About what a ratchet weighs. */
const SESSION_BYTES = 6000;

const database = openRecords('tincan');
const { keyring, store } = createKeyring({
  database,
  crypto,
  session: { get: async () => null, set: async () => undefined, clear: async () => undefined },
  now: () => Date.now(),
  onDamaged: () => undefined,
  argon2id: () => Promise.reject(new Error('there is no PIN yet')),
});

const random = drawnFrom(5);

function hex(digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}

const SYLLABLES = ['ba', 'do', 'fi', 'gu', 'ke', 'la', 'mo', 'ne', 'pa', 'ri', 'so', 'ta', 'vu', 'we', 'xi', 'zo'];
/** Rare words are made of more syllables, as in any language. */
const VOCABULARY = Array.from({ length: WORDS }, (_, rank) => {
  const syllables = 1 + Math.floor(Math.log2(rank + 2) / 3.5) + Math.floor(random() * 2);
  return Array.from({ length: syllables }, () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]).join('');
});

/** Few words are said most of the time (Zipf). */
const word = () => VOCABULARY[Math.floor(WORDS ** random()) - 1] ?? 'a';

/** Half have eight words or fewer, one in a hundred is a page. */
function text(): string {
  const count = Math.max(1, Math.round(Math.exp(2.1 + (random() + random() + random() - 1.5) * 2.2)));
  return Array.from({ length: count }, word).join(' ');
}

const NOISE_BYTES = 4 * 1024 * 1024;
const SEALED_BYTES = { message: 260, content: 35, seen: 145, seenOn: 33 } as const;
let pool: Uint8Array<ArrayBuffer> | null = null;

/** As little compressible as what is sealed. */
function noise(sizeBytes: number): Uint8Array<ArrayBuffer> {
  if (!pool) {
    pool = new Uint8Array(NOISE_BYTES);
    for (let at = 0; at < NOISE_BYTES; at += 65_536) crypto.getRandomValues(pool.subarray(at, at + 65_536));
  }
  const from = Math.floor(random() * (NOISE_BYTES - sizeBytes));
  return pool.slice(from, from + sizeBytes);
}

const put = (key: StoreChange['key'], value: unknown) => ({ kind: 'put', key, value }) as const;

function changesOf(contactId: string, sequence: number, atMs: number): StoreChange[] {
  const isMine = random() < 0.5;
  const id = hex(32);
  const message: MessageRecord = {
    id,
    sequence,
    order: sequence,
    isMine,
    text: text(),
    sentAtMs: atMs,
    receivedAtMs: isMine ? null : atMs,
    delivery: isMine ? { stage: 'read', readAtMs: atMs + MINUTE_MS } : null,
    mayWait: true,
  };
  const kept = [put(keys.message(contactId, sequence), message), put(keys.content(contactId, id), sequence)];
  if (isMine) return kept;
  const seen = { atMs, text: { contentId: id, mayWait: true } };
  return [...kept, put(keys.seen(contactId, id), seen), put(keys.seenOn(dayOf(atMs), contactId, id), null)];
}

const drawn = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(random() * 256));

/** Somebody else with the same identity, on this relay and not in touch: what is drawn for them is told already. */
function personLike(known: ContactRecord, name: string, relay: string): ContactRecord {
  const { mine, theirs, box } = known;
  return {
    ...known,
    ...{ id: hex(32), name, inviteId: hex(32), fingerprint: hex(32), isOnline: false, direct: { mine: 'denied', theirs: 'denied' } },
    mine: { ...mine, relay },
    theirs: { ...theirs, relay },
    box: { mine: box.mine && { ...box.mine, relay, isTold: true }, theirs: null },
  };
}

async function contactRecords(): Promise<ContactRecord[]> {
  await keyring.open();
  return (await store.range(['contact'])).map(([, value]) => value as ContactRecord);
}

export const lab = {
  /** The ids of all contacts, the true one first. */
  async contacts(): Promise<string[]> {
    const records = await contactRecords();
    return records.sort((a, b) => Number(a.name.startsWith('Person')) - Number(b.name.startsWith('Person'))).map(({ id }) => id);
  },
  /** People like the first contact, on a relay that is away: the one at hand would refuse proofs for queues that it has not made. */
  async addContacts(count: number): Promise<void> {
    const [known] = await contactRecords();
    if (!known) throw new Error('no contact to take as a model');
    const more = Array.from({ length: count }, (_, i) => {
      const [newId, sid] = [drawn(known.mine.newId.length), drawn(known.theirs.sid.length)];
      const { mine, theirs, box, ...person } = personLike(known, `Person ${i + 1}`, NOBODYS_RELAY);
      return {
        ...person,
        mine: { ...mine, newId, rid: drawn(mine.rid?.length ?? 16), sid: drawn(mine.sid?.length ?? 16) },
        theirs: { ...theirs, sid },
        box: { mine: box.mine && { ...box.mine, isFilled: true }, theirs: null },
      };
    });
    await store.commit(more.map((record) => put(keys.contact(record.id), record)));
  },
  /** People like the first contact, away, who read the queues of these writing ids (hex): this user's own are made and proved when next awake. */
  async addQuietContacts(relays: readonly { readonly relay: string; readonly sids: readonly string[] }[]): Promise<void> {
    const [known] = await contactRecords();
    if (!known) throw new Error('no contact to take as a model');
    const secret = () => crypto.getRandomValues(new Uint8Array(known.mine.readerSecret.length));
    const more = relays.flatMap(({ relay, sids }) =>
      sids.map((sid, i): ContactRecord => {
        const { mine, theirs, box, ...person } = personLike(known, `Quiet ${i + 1} on ${new URL(relay).port}`, relay);
        const newId = crypto.getRandomValues(new Uint8Array(mine.newId.length));
        return {
          ...person,
          direct: known.direct,
          mine: { ...mine, newId, readerSecret: secret(), doorbellSecret: secret(), rid: null, sid: null },
          theirs: { ...theirs, sid: fromHex(sid), writerSecret: secret(), isRegistered: false },
          box: {
            mine: box.mine && { ...box.mine, boxId: secret().slice(0, box.mine.boxId.length), ownerSecret: secret(), isFilled: false },
            theirs: null,
          },
        };
      }),
    );
    await store.commit(more.map((record) => put(keys.contact(record.id), record)));
  },
  /** Messages `from` to `to` of one conversation, in large transactions; the newest a minute ago. */
  async fill(contactId: string, from: number, to: number): Promise<void> {
    const startMs = Date.now() - (to - from + 2) * MINUTE_MS;
    let changes: StoreChange[] = [];
    for (let sequence = from; sequence <= to; sequence++) {
      changes.push(...changesOf(contactId, sequence, startMs + (sequence - from) * MINUTE_MS));
      if (sequence % PER_TRANSACTION !== 0 && sequence !== to) continue;
      await store.commit(changes);
      changes = [];
    }
  },
  /** So many messages are not in the index yet. */
  async unindexed(): Promise<number> {
    const marks = new Map((await store.range(['indexed'])).map(([key, value]) => [key[1], Number(value)]));
    const behind = (await contactRecords()).map(({ id, nextSequence }) => nextSequence - 1 - (marks.get(id) ?? 0));
    return behind.reduce((sum, each) => sum + each, 0);
  },
  /** So many more messages, as bytes of the lengths that sealed ones have: they weigh the same, and are never opened. */
  async pad(count: number): Promise<void> {
    const contactId = hex(32);
    for (let from = 0; from < count; from += PER_TRANSACTION) {
      await database.writeStrictly((records) => {
        for (let i = from; i < Math.min(count, from + PER_TRANSACTION); i++) {
          const id = hex(32);
          records.put(noise(SEALED_BYTES.message + Math.floor(random() * 200)), ['message', contactId, i]);
          records.put(noise(SEALED_BYTES.content), ['content', contactId, id]);
          if (i % 2 === 0) continue;
          records.put(noise(SEALED_BYTES.seen), ['seen', contactId, id]);
          records.put(noise(SEALED_BYTES.seenOn), ['seen-on', dayOf(Date.now()), contactId, id]);
        }
      });
    }
  },
  /** The contact's record says what was filled. The background must not live meanwhile: it has the record in memory. */
  async settle(contactId: string, lastSequence: number): Promise<void> {
    const contact = (await store.get(keys.contact(contactId))) as ContactRecord;
    const last = (await store.get(keys.message(contactId, lastSequence))) as MessageRecord;
    const shown = {
      sequence: lastSequence,
      text: last.text.slice(0, 120),
      isMine: last.isMine,
      atMs: last.sentAtMs,
      delivery: last.delivery,
    };
    const counted = { ...contact, nextSequence: lastSequence + 1, readUpTo: lastSequence, unread: 0, last: shown };
    await store.commit([put(keys.contact(contactId), counted)]);
  },
  /** So many commits of what one received message changes, each in milliseconds. */
  async receive(count: number): Promise<number[]> {
    const [known] = await contactRecords();
    if (!known) throw new Error('no contact to receive from');
    const session = { session: crypto.getRandomValues(new Uint8Array(SESSION_BYTES)), archivedAtMs: null };
    const contactId = hex(32);
    const tookMs: number[] = [];
    for (let sequence = 1; sequence <= count; sequence++) {
      const id = hex(32);
      const [message, content, ...seen] = changesOf(contactId, sequence, Date.now());
      const changes = [
        put(keys.session(contactId, contactId), session),
        ...[message, content, ...seen].filter((change) => change !== undefined),
        put(keys.receipt(contactId, id), { contentId: id, isRead: false, mayWait: true }),
        put(['lab-contact', contactId, 0], { ...known, nextSequence: sequence }),
      ];
      const startMs = performance.now();
      await store.commit(changes);
      tookMs.push(performance.now() - startMs);
    }
    const stores = ['message', 'content', 'seen', 'receipt', 'session', 'lab-contact'].map((name) => [name, contactId]);
    const own = [...stores, ['seen-on', dayOf(Date.now()), contactId]];
    await store.commit(own.map((key) => ({ kind: 'clear', key })));
    return tookMs;
  },
};
