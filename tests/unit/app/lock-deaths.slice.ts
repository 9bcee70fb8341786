/**
 * The lock in the middle of a conversation: every call to it is a moment at which the worker may die or the disk refuse, and all
 * of them are tried. Whatever the lock came to then, the device opens to the one secret that is set, nothing that was said
 * meanwhile is lost or comes twice, and while it is shut nothing is acknowledged.
 */
import { expect, test } from 'vitest';
import type { ViewCommand } from '../../../lib/app/view';
import { FAULTS } from '../../support/faults';
import { newId, type Pair, type Party, RELAY, twoContacts } from '../../support/two-parties';

const PIN = { kind: 'pin', text: '271828' } as const;
const WORDS = { kind: 'passphrase', text: 'blue pot under the shed' } as const;

type Asked = Extract<ViewCommand, { id: string }>;
type Question<C = Asked> = C extends { id: string } ? Omit<C, 'id'> : never;

interface Flow {
  readonly from: typeof PIN | null;
  readonly isLocked?: boolean;
  readonly act: Question;
}

const protect = (secret: typeof PIN | typeof WORDS | null, current = ''): Question => ({
  kind: 'lock.protect',
  current,
  secret,
  wipeAfter: 0,
});

const FLOWS: Readonly<Record<string, Flow>> = {
  'setting a PIN': { from: null, act: protect(PIN) },
  'changing it': { from: PIN, act: protect(WORDS, PIN.text) },
  'removing it': { from: PIN, act: protect(null, PIN.text) },
  'a lock': { from: PIN, act: { kind: 'lock.now' } },
  'an unlock': { from: PIN, isLocked: true, act: { kind: 'lock.unlock', secret: PIN.text } },
  'a wrong try': { from: PIN, isLocked: true, act: { kind: 'lock.unlock', secret: '000000' } },
};

class Talk {
  readonly pair: Pair;
  readonly said: string[] = [];
  readonly #contactId: string;

  constructor(pair: Pair) {
    this.pair = pair;
    this.#contactId = pair.jun.contact().id;
  }

  static async begin(): Promise<Talk> {
    const pair = await twoContacts('denied');
    for (const party of [pair.ana, pair.jun])
      await party.ask({ kind: 'contact.choose', contactId: party.contact().id, choices: { routing: 'relay' } });
    await pair.clock.advance(5000);
    return new Talk(pair);
  }

  say(): void {
    const { ana } = this.pair;
    this.said.push(`message ${this.said.length}`);
    ana.page.send({ kind: 'message.send', id: newId(), contactId: ana.contact().id, text: this.said.at(-1) ?? '' });
  }

  /** Whichever secret is set opens it; no other does. */
  async open(): Promise<void> {
    const { jun, clock } = this.pair;
    jun.openPage();
    await clock.until(() => jun.page.lock !== null && jun.page.lock.failure === null, 'told');
    if (jun.page.lock?.isLocked) {
      const results = [await this.#unlock(PIN.text), await this.#unlock(WORDS.text)];
      expect(results).toContain(true);
    }
    await clock.until(() => jun.page.view !== null, 'shown again');
    await jun.show(this.#contactId);
  }

  async #unlock(secret: string): Promise<boolean> {
    return (await this.pair.jun.ask({ kind: 'lock.unlock', secret })).ok;
  }

  async arrives(where: string): Promise<void> {
    const { ana, jun, clock } = this.pair;
    const isConfirmed = ({ delivery }: { delivery: { stage: string } | null }) =>
      !delivery || delivery.stage === 'delivered' || delivery.stage === 'read';
    await clock.until(() => ana.messages().every(isConfirmed), `confirmed, ${where}`, 3600_000);
    const theirs = jun.messages().filter(({ isMine }) => !isMine);
    expect(
      theirs.map(({ text }) => text),
      where,
    ).toEqual(this.said.slice(-theirs.length));
    expect(theirs.length, where).toBeGreaterThanOrEqual(Math.min(this.said.length, 20));
  }

  acknowledged(): number {
    return this.pair.world.relays.get(RELAY)?.heard.filter(({ kind }) => kind === 'ack').length ?? 0;
  }
}

async function shutAgain(jun: Party, { from, isLocked }: Flow): Promise<void> {
  const current = jun.lock.secret?.text ?? '';
  if (jun.lock.secret?.text !== from?.text) expect(await jun.ask(protect(from, current))).toEqual({ ok: true });
  if (isLocked) await jun.ask({ kind: 'lock.now' });
  expect(jun.page.lock?.isLocked).toBe(isLocked ?? false);
}

for (const [what, flow] of Object.entries(FLOWS)) {
  test(`${what}: stopped or refused at every call to the lock, in mid-conversation`, async () => {
    const talk = await Talk.begin();
    const { jun, clock } = talk.pair;
    let faults = 0;
    for (const how of FAULTS) {
      for (let at = 1; ; at++) {
        const where = `${what}, ${how} call ${at}`;
        await shutAgain(jun, flow);
        let hasDied = false;
        jun.disks.faults.arm({ at, how }, () => {
          hasDied = true;
          jun.killWorker();
        });
        talk.say();
        const id = newId();
        jun.page.send({ ...flow.act, id } as Asked);
        talk.say();
        await clock.until(() => hasDied || jun.page.results.has(id), where);
        await clock.advance(2000);
        const { struck } = jun.disks.faults;
        jun.disks.faults.disarm();
        if (hasDied) jun.wake();
        await clock.until(() => jun.page.lock !== null, 'told');
        if (flow.act.kind === 'lock.now' && !hasDied) expect(jun.page.lock?.isLocked, where).toBe(true);
        // A store that could not be read opens by itself once it can; it asks nobody who has been let in.
        if (jun.page.lock?.isLocked && jun.page.lock.failure === null) {
          const before = talk.acknowledged();
          talk.say();
          await clock.advance(10_000);
          expect(talk.acknowledged(), where).toBe(before);
          expect(jun.page.view, where).toBeNull();
        }
        await talk.open();
        await talk.arrives(`${where} (${struck})`);
        if (struck === null) break;
        faults += 1;
      }
    }
    expect(faults).toBeGreaterThanOrEqual(3);
    expect(talk.said.length).toBeGreaterThan(2 * faults);
  });
}
