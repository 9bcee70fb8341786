/**
 * This user's prekey boxes, one for each contact, so that the relay can't tell whose they are: with what lies there the contact
 * starts a new session when the old one fails.
 *
 *   none ──keys and revision committed──▶ filling ──PRE_PUT answered──▶ filled ──told──▶ (a week, or a bundle was used) ──▶ filling
 *
 * Every put has a revision of its own and new one-time keys: one that was lost on the way costs a few keys and nothing else.
 */
import { equalBytes } from '../protocol/bytes';
import { BOX_SECRET_BYTES, sealBundle } from '../protocol/prekey-box';
import { createStock, decodeStock, encodeStock, lastResort, ROTATE_MS, refillStock, rotateStock } from '../protocol/prekey-stock';
import { type AgreementPrekeys, offerPrekeys } from '../protocol/prekeys';
import { QUEUE_SECRET_BYTES, queuePublicKey, signAsQueue } from '../protocol/queue-keys';
import { BOX_ID_BYTES } from '../protocol/relay';
import { boxMessage, relayOrigin } from '../protocol/relay-proof';
import { closingOfBox } from './closings';
import type { Core } from './core';
import { AppError } from './errors';
import { newContentId } from './ids';
import { type ContactRecord, keys, type MyBox } from './records';

/** One-time bundles in one contact's box: only a broken session takes one. */
const BUNDLES = 4;

/** No relay holds the news of a new box for longer. */
const UNHEARD_MS = 10 * 24 * 3600_000;

export interface Boxes {
  /** Fills what is due on this relay and tells the contacts. Safe to call at any time. */
  tend(relay: string): void;
}

/** The queue has moved to another relay: the box follows. */
function isElsewhere({ box, mine }: ContactRecord): boolean {
  return box.mine !== null && box.mine.relay !== mine.relay;
}

interface Filling {
  readonly box: MyBox;
  readonly offers: readonly [AgreementPrekeys, ...AgreementPrekeys[]];
}

export function createBoxes(core: Core): Boxes {
  const { journal, lane, world } = core;
  const tending = new Set<string>();
  /** What became due while others were filled must not wait for the next connection. */
  const asked = new Set<string>();

  function isDue(contact: ContactRecord): boolean {
    const { mine } = contact.box;
    const isOld = !mine?.isFilled || isElsewhere(contact) || world.clock.now() >= mine.rotatesAtMs;
    return contact.state === 'accepted' && !contact.choices.isBlocked && isOld;
  }

  function namedBox(relay: string): MyBox {
    const { random } = world;
    return {
      relay,
      boxId: random.bytes(BOX_ID_BYTES),
      secret: random.bytes(BOX_SECRET_BYTES),
      ownerSecret: random.bytes(QUEUE_SECRET_BYTES),
      revision: 0,
      rotatesAtMs: 0,
      isFilled: false,
      isTold: false,
    };
  }

  /** In the lane: new keys are on the disk before anybody can use them. */
  async function begin(contactId: string): Promise<Filling | null> {
    const contact = journal.contacts.get(contactId);
    if (!contact || !isDue(contact)) return null;
    const nowMs = world.clock.now();
    const stored = (await journal.store.get(keys.stock(contactId))) as Uint8Array | undefined;
    const kept = stored ? rotateStock(world.engine, decodeStock(stored), nowMs) : createStock(world.engine, nowMs);
    const { stock, fresh } = refillStock(world.engine, kept, BUNDLES);
    const old = isElsewhere(contact) ? contact.box.mine : null;
    const before = old ? namedBox(contact.mine.relay) : (contact.box.mine ?? namedBox(contact.mine.relay));
    // Not a count alone: a restored device would name a revision that the relay has, of keys that are gone, and believe it filled.
    const revision = Math.max(before.revision + 1, Math.floor(nowMs / 1000));
    const box = { ...before, revision, rotatesAtMs: stock.weeks[0].madeAtMs + ROTATE_MS, isFilled: false };
    await journal.commit((change) => {
      change.contact({ ...contact, box: { ...contact.box, mine: box } });
      change.put(keys.stock(contactId), encodeStock(stock));
      // They may use it until they have heard of the new one.
      if (old) change.closing(closingOfBox(core, old, nowMs + UNHEARD_MS));
    });
    return { box, offers: [lastResort(stock), ...fresh] };
  }

  async function put({ box, offers }: Filling): Promise<number> {
    const { relay, boxId, revision, ownerSecret } = box;
    const [last, ...oneTimes] = offers.map((prekeys) => sealBundle(world.engine, box, offerPrekeys(core.identity(), prekeys)));
    const nonce = core.relays.nonce(relay);
    if (!nonce || !last) throw new AppError('relay-unreachable');
    const signature = signAsQueue(ownerSecret, boxMessage({ origin: relayOrigin(relay), nonce, boxId, revision }));
    const put = { boxId, ownerKey: queuePublicKey(ownerSecret), revision, signature, lastResort: last, oneTimes };
    const reply = await core.relays.ask(relay, { kind: 'pre-put', ...put, isReplacement: true });
    if (reply.kind !== 'ok-box') throw new AppError('relay-refused');
    return reply.revision;
  }

  /** In the lane. A relay that knows a later revision has it from before a restore: the next put goes beyond it. */
  async function finish(contactId: string, { box }: Filling, revision: number): Promise<void> {
    const contact = journal.contacts.get(contactId);
    if (!contact?.box.mine || !equalBytes(contact.box.mine.boxId, box.boxId) || contact.box.mine.revision !== box.revision) return;
    const isFilled = revision === box.revision;
    const isToBeTold = isFilled && !box.isTold;
    const mine = { ...contact.box.mine, revision, isFilled, isTold: box.isTold || isToBeTold };
    await journal.commit((change) => {
      const filled = { ...contact, box: { ...contact.box, mine } };
      const id = newContentId(world.random);
      change.contact(isToBeTold ? core.outbox.add(change, filled, id, { kind: 'prekey-box' }, true) : filled);
    });
    if (isToBeTold) core.outbox.pump(contactId);
  }

  /** A second time when the relay knew a later revision, and no more: it may be a relay that always does. */
  async function tendOne(contactId: string): Promise<void> {
    for (let turn = 0; turn < 2; turn++) {
      const filling = await lane.run(() => begin(contactId));
      if (!filling) return;
      const revision = await put(filling);
      await lane.run(() => finish(contactId, filling, revision));
    }
  }

  async function tendAll(relay: string): Promise<void> {
    for (const contact of [...journal.contacts.values()]) {
      if (contact.mine.relay !== relay || !isDue(contact)) continue;
      await tendOne(contact.id).catch((error: unknown) => world.report(error));
    }
  }

  async function tendUntilDone(relay: string): Promise<void> {
    while (asked.delete(relay)) await tendAll(relay);
    tending.delete(relay);
  }

  return {
    tend(relay) {
      asked.add(relay);
      if (tending.has(relay)) return;
      tending.add(relay);
      void tendUntilDone(relay);
    },
  };
}
