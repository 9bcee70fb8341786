/** One of two people on the app floor, on two relays, who asks for things as a page does: again and again, until some worker answers. */
import { expect } from 'vitest';
import { type ContactRecord, keys, type MessageRecord } from '../../../lib/app/records';
import type { Expiry } from '../../../lib/domain/choices';
import { FakeRelay } from '../fake-relay';
import { inviteLink, newId, type Pair, type Party, twoParties } from '../two-parties';

/** Jun's. */
export const OTHER_RELAY = 'wss://other-relay.test';

export interface Written {
  readonly id: string;
  readonly text: string;
  readonly expiry: Expiry | null;
  /** It was only ever to wait on this device. */
  isForDevice: boolean;
}

export class Writer {
  readonly name: string;
  readonly party: Party;
  readonly contactId: string;
  /** In order. */
  readonly written: Written[] = [];
  isOpen = true;

  constructor(name: string, party: Party) {
    this.name = name;
    this.party = party;
    this.contactId = party.contact().id;
  }

  open(): void {
    if (!this.isOpen) this.party.openBrowser();
    this.isOpen = true;
  }

  close(): void {
    if (this.isOpen) this.party.closeBrowser();
    this.isOpen = false;
  }

  /** As a page does: asked again of the next worker under the same id, until somebody answers. */
  async ask(command: Parameters<Party['ask']>[0] & { readonly id?: string }): Promise<string> {
    const { clock } = this.party.world;
    const id = command.id ?? newId();
    for (let turn = 0; ; turn++) {
      this.party.page.send({ ...command, id } as never);
      const { page } = this.party;
      for (let i = 0; i < 40 && !page.results.has(id) && this.party.page === page; i++) await (i < 5 ? clock.rest() : clock.advance(100));
      const result = page.results.get(id);
      if (result && !result.ok && result.code === 'internal') throw new AggregateError(this.party.faults, `a fault over ${command.kind}`);
      if (result) return result.ok ? 'ok' : result.code;
      if (turn === 20) throw new Error(`nobody answers ${command.kind}`);
      if (this.party.page === page) this.party.restartWorker();
    }
  }

  async messages(isMine: boolean): Promise<readonly MessageRecord[]> {
    const kept = await this.party.store.range(['message', this.contactId]);
    return kept.map(([, value]) => value as MessageRecord).filter((message) => message.isMine === isMine);
  }

  async record(): Promise<ContactRecord> {
    return (await this.party.store.get(keys.contact(this.contactId))) as ContactRecord;
  }
}

/** In touch, each with a relay of their own. */
export async function acrossRelays(): Promise<Pair> {
  const pair = await twoParties();
  const { ana, jun, clock, world } = pair;
  world.relays.set(OTHER_RELAY, new FakeRelay(clock));
  expect(await jun.ask({ kind: 'relay.set', url: OTHER_RELAY, access: '' })).toEqual({ ok: true });
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct: 'allowed' });
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request arrives');
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct: 'allowed' });
  await clock.until(() => jun.contact().state === 'accepted', 'accept arrives');
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await clock.advance(5000);
  return pair;
}
