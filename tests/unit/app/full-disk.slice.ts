/** A disk that is full for a while, at every single write: nothing acknowledged is lost or repeated, and all goes on by itself. */
import { describe, expect, test } from 'vitest';
import { newId, type Pair, type Party, twoContacts } from '../../support/two-parties';

const TEXTS = ['one', 'two', 'three', 'four'];
const FULL_MS = 20_000;

interface How {
  readonly isKept: boolean;
  readonly isReadable: boolean;
}

/** What becomes of the first write that fails, and whether the disk can be read meanwhile. */
const FAILURES = {
  'and nothing of it was kept': { isKept: false, isReadable: true },
  'though it was kept': { isKept: true, isReadable: true },
  'and nothing can be read either': { isKept: false, isReadable: false },
} satisfies Record<string, How>;

/** From the so many-th write on, for a while. Tells whether it came to that. */
function fillUp({ store, world }: Party, atCommit: number, how: How): () => boolean {
  let hasBegun = false;
  const onBegin = () => {
    hasBegun = true;
    world.clock.after(FULL_MS, () => store.endTrouble());
  };
  store.trouble = { ...how, atCommit: store.commits + atCommit, onBegin };
  return () => hasBegun;
}

/** A person: what is refused for want of room stays in the composer, and is sent again. */
class Writer {
  readonly #party: Party;
  readonly #contactId: string;
  readonly #asked = new Map<string, string>();

  constructor(party: Party) {
    this.#party = party;
    this.#contactId = party.contact().id;
  }

  say(text: string): void {
    const id = newId();
    this.#asked.set(id, text);
    this.#party.page.send({ kind: 'message.send', id, contactId: this.#contactId, text });
  }

  /** True once every text has been taken. Called until then. */
  isDone(): boolean {
    for (const [id, text] of [...this.#asked]) {
      const result = this.#party.page.results.get(id);
      if (!result) continue;
      this.#asked.delete(id);
      if (result.ok) continue;
      expect(result.code).toBe('storage-full');
      this.say(text);
    }
    return this.#asked.size === 0;
  }
}

function textsOf(party: Party, isMine: boolean): string[] {
  return party.messages().flatMap((message) => (message.isMine === isMine ? [message.text] : []));
}

function isConfirmed(party: Party): boolean {
  const messages = party.messages();
  return new Set(messages.map(({ text }) => text)).size === TEXTS.length && messages.every(({ delivery }) => delivery?.stage !== 'local');
}

/** Whether the disk ever was full. */
async function talk({ ana, jun, clock }: Pair, full: Party, atCommit: number, how: How): Promise<boolean> {
  await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string');
  await clock.advance(3000);
  const wasFull = fillUp(full, atCommit, how);
  const writers = new Map([ana, jun].map((party) => [party, new Writer(party)]));
  for (const [i, text] of TEXTS.entries()) writers.get(i % 2 === 0 ? ana : jun)?.say(text);
  const hasSettled = () => {
    const areTaken = [...writers.values()].map((writer) => writer.isDone());
    return !areTaken.includes(false) && isConfirmed(ana) && isConfirmed(jun);
  };
  await clock.until(hasSettled, `all delivered (full at ${atCommit})`, 10 * FULL_MS);
  await clock.advance(FULL_MS + 3000);
  return wasFull();
}

function faultsOf(party: Party): string[] {
  return party.faults.map((fault) => (fault as { code?: string }).code ?? String(fault)).filter((code) => code !== 'storage-full');
}

/** Anew for each write, until there is no such write any more. */
async function atEachWrite(who: 'ana' | 'jun', how: How, check: (pair: Pair) => void): Promise<void> {
  let times = 0;
  for (let atCommit = 1; ; atCommit++) {
    const pair = await twoContacts();
    if (!(await talk(pair, pair[who], atCommit, how))) break;
    times += 1;
    check(pair);
    for (const party of [pair.ana, pair.jun]) {
      expect(faultsOf(party)).toEqual([]);
      expect(party.contact()).toMatchObject({ waiting: 0 });
    }
    expect(textsOf(pair.ana, false)).toEqual(textsOf(pair.jun, true));
    expect(textsOf(pair.jun, false)).toEqual(textsOf(pair.ana, true));
  }
  expect(times).toBeGreaterThan(6);
}

describe.each(['ana', 'jun'] as const)('%s’s disk is full at every write of a conversation', (who) => {
  test.each(Object.entries(FAILURES))(
    '%s',
    (_, how) => {
      return atEachWrite(who, how, ({ ana, jun }) => {
        // Sent again by hand, the two may have changed places.
        expect(textsOf(ana, true).sort()).toEqual(['one', 'three']);
        expect(textsOf(jun, true).sort()).toEqual(['four', 'two']);
      });
    },
    60_000,
  );

  test('though it was kept, and nothing can be read either: who writes it again has written it twice, and no more than that', () => {
    return atEachWrite(who, { isKept: true, isReadable: false }, ({ ana, jun }) => {
      const all = [...textsOf(ana, true), ...textsOf(jun, true)];
      expect([...new Set(all)].sort()).toEqual([...TEXTS].sort());
      expect(all.length).toBeLessThanOrEqual(TEXTS.length + 1);
    });
  }, 60_000);
});
