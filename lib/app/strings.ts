/**
 * Strings: direct connections, when they are opened, kept and left.
 *
 *   closed ──needed, contact online──▶ opening ──open──▶ open ──idle 5 min, or gone──▶ closed
 *                                         └──20 s without success──▶ failed ──back-off──▶ opening
 *
 * Nothing is gathered, offered or answered before both sides allowed direct connections.
 */
import type { Bytes } from '../protocol/bytes';
import { compareBytes, fromHex, toHex } from '../protocol/bytes';
import { identityHash } from '../protocol/identity';
import type { Signal } from '../protocol/signal';
import { isVisibleTo } from './choices';
import type { Core } from './core';
import { newContentId } from './ids';
import type { HostHello, LinkEvent, StringCause } from './link';
import { askAfter, unconfirmedIds } from './messages';
import { readQueues } from './queues';
import type { ContactRecord } from './records';
import type { StringView } from './view';

const IDLE_MS = 5 * 60_000;
const RETRY_MS = [2000, 5000, 15_000, 30_000, 60_000] as const;
const MAX_STRINGS = 16;
const LIVE_KEY_MS = 24 * 3600_000;
const OPENING_MS = 25_000;

interface StringEntry {
  view: StringView;
  stringId: string | null;
  usedAtMs: number;
  failures: number;
  /** Why the last try did not connect; null since one did, or since the contact came. */
  after: StringCause | null;
  cancelRetry: (() => void) | null;
}

export interface Strings {
  view(contactId: string): StringView;
  /** The open string's id, or null. */
  openId(contactId: string): string | null;
  /** Opens, keeps or leaves this contact's string, as what is wanted now says. */
  consider(contactId: string): void;
  considerAll(): void;
  /** Notes that the string carried something. */
  touch(contactId: string, rttMs: number | null): void;
  /** This user may write to the contact's queue from now on. */
  onWritable(contactId: string): void;
  onAccepted(contactId: string): void;
  onHostHello(hello: HostHello): void;
  onState(event: Extract<LinkEvent, { kind: 'string.state' }>): Promise<void>;
  onSignal(event: Extract<LinkEvent, { kind: 'string.signal' }>): Promise<void>;
  /** The contact has just come online: a new beginning for tries that failed. */
  onCame(contactId: string): void;
  /** What the contact's side of a string says. */
  onRemoteSignal(contact: ContactRecord, stringId: string, signal: Signal): void;
  close(contactId: string): void;
  tick(): void;
}

export function createStrings(core: Core): Strings {
  const { journal, world } = core;
  const entries = new Map<string, StringEntry>();

  function entry(contactId: string): StringEntry {
    let found = entries.get(contactId);
    if (!found) {
      found = { view: { kind: 'closed' }, stringId: null, usedAtMs: 0, failures: 0, after: null, cancelRetry: null };
      entries.set(contactId, found);
    }
    return found;
  }

  function mayConnect(contact: ContactRecord | undefined): contact is ContactRecord {
    if (!contact || !isVisibleTo(journal, contact)) return false;
    return !contact.changed && contact.direct.mine === 'allowed' && contact.direct.theirs === 'allowed';
  }

  function isPolite(contact: ContactRecord): boolean {
    return compareBytes(identityHash(core.identity().statement), identityHash(contact.statement)) < 0;
  }

  function setView(contactId: string, view: StringView): void {
    entry(contactId).view = view;
    core.hub.contact(contactId);
  }

  function setOpening(contactId: string, sinceMs = world.clock.now()): void {
    setView(contactId, { kind: 'opening', sinceMs, after: entry(contactId).after });
  }

  function isNeeded(contact: ContactRecord): boolean {
    return (
      core.hub.isShown(contact.id) ||
      journal.outboxOf(contact.id).size > 0 ||
      journal.receiptsOf(contact.id).size > 0 ||
      core.voice.isWanted(contact.id)
    );
  }

  function makeRoom(): boolean {
    const used = [...entries].filter(([, { view }]) => view.kind === 'open' || view.kind === 'opening');
    if (used.length < MAX_STRINGS) return true;
    const idle = used.filter(([id, { view }]) => view.kind === 'open' && !journal.outboxOf(id).size && !core.hub.isShown(id));
    const [oldest] = idle.sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    if (!oldest) return false;
    strings.close(oldest[0]);
    return true;
  }

  function start(contact: ContactRecord): void {
    const here = entry(contact.id);
    if (!core.link.isAttached() || !makeRoom()) return;
    here.stringId = newContentId(world.random);
    here.cancelRetry?.();
    setOpening(contact.id);
    const start = { peer: contact.id, isPolite: isPolite(contact), stunUrls: core.relays.stunUrls(contact) };
    core.link.send({ kind: 'string.open', stringId: here.stringId, ...start });
  }

  function retryLater(contactId: string): void {
    const here = entry(contactId);
    here.cancelRetry?.();
    const delayMs = RETRY_MS[Math.min(here.failures, RETRY_MS.length - 1)] ?? 60_000;
    here.failures += 1;
    // First ask whether they are still there: an offer to nobody would only fail again.
    here.cancelRetry = world.clock.after(delayMs, () => {
      here.cancelRetry = null;
      core.presence.greet(contactId);
    });
  }

  /** Ids the contact may never have received: held ones, and any sent on a string that died. */
  async function query(contact: ContactRecord): Promise<void> {
    const ids = await unconfirmedIds(core, contact.id);
    if (ids.length === 0) return;
    await journal.commit((change) => {
      const now = journal.contacts.get(contact.id) as ContactRecord;
      change.contact(askAfter(core, change, now, { ids, mayWait: false }));
    });
  }

  async function renewLiveKey(contact: ContactRecord): Promise<void> {
    const now = world.clock.now();
    if (now - contact.live.mineAtMs < LIVE_KEY_MS) return;
    const mine = world.random.bytes(32);
    await journal.commit((change) => {
      const owing = core.outbox.add(change, contact, newContentId(world.random), { kind: 'live-key', liveKey: mine }, true);
      change.contact({ ...owing, live: { ...owing.live, mine, mineAtMs: now } });
    });
  }

  async function onOpen(contactId: string, stringId: string, rttMs: number | null): Promise<void> {
    const here = entry(contactId);
    const contact = journal.contacts.get(contactId);
    if (!contact) return;
    Object.assign(here, { stringId, failures: 0, after: null, usedAtMs: world.clock.now() });
    setView(contactId, { kind: 'open', sinceMs: world.clock.now(), rttMs });
    await core.presence.setOnline(contactId, true);
    await query(contact);
    core.outbox.pump(contactId);
    core.receipts.flushSoon(contactId);
    core.voice.onString(contactId, true);
    world.shell.wakeAt(world.clock.now() + IDLE_MS);
  }

  function onClosed(contactId: string, cause: StringCause | null): void {
    const here = entry(contactId);
    const wasOpen = here.view.kind === 'open';
    here.stringId = null;
    if (cause !== null) here.after = cause;
    setView(contactId, cause === null ? { kind: 'closed' } : { kind: 'failed', cause, atMs: world.clock.now() });
    core.outbox.onStringClosed(contactId);
    core.voice.onString(contactId, false);
    const contact = journal.contacts.get(contactId);
    if (!mayConnect(contact)) return;
    // A string that broke may mean that they left: find out now, and open again only if they answer.
    if (wasOpen && cause === null) core.presence.greet(contactId);
    else retryLater(contactId);
  }

  const strings: Strings = {
    view: (contactId) => entry(contactId).view,
    openId(contactId) {
      const here = entry(contactId);
      return here.view.kind === 'open' ? here.stringId : null;
    },
    consider(contactId) {
      const contact = journal.contacts.get(contactId);
      const here = entry(contactId);
      if (!mayConnect(contact) || !contact.isOnline || here.cancelRetry || !isNeeded(contact)) return;
      // Without a way to signal, an offer would only stand in the way of theirs.
      if (!core.rights.canWrite(contact.theirs)) return;
      const isStuck = here.view.kind === 'opening' && world.clock.now() - here.view.sinceMs > OPENING_MS;
      if (here.view.kind === 'closed' || here.view.kind === 'failed' || isStuck) start(contact);
    },
    considerAll() {
      for (const contactId of journal.contacts.keys()) strings.consider(contactId);
    },
    touch(contactId, rttMs) {
      const here = entry(contactId);
      here.usedAtMs = world.clock.now();
      if (here.view.kind === 'open' && rttMs !== null && rttMs !== here.view.rttMs) setView(contactId, { ...here.view, rttMs });
    },
    onWritable(contactId) {
      const contact = journal.contacts.get(contactId);
      if (!contact) return;
      core.hub.contact(contactId);
      core.outbox.pump(contactId);
      core.takeBacks.tend(contactId);
      core.receipts.flushSoon(contactId);
      if (contact.state !== 'accepted') return;
      core.lane
        .run(() => renewLiveKey(journal.contacts.get(contactId) ?? contact))
        .then(() => core.outbox.pump(contactId))
        .catch((error: unknown) => world.report(error));
      core.presence.greet(contactId);
    },
    onAccepted(contactId) {
      const contact = journal.contacts.get(contactId);
      if (!contact) return;
      core.outbox.pump(contactId);
      // The reader's right is proved again, now as live; and where they want to be written to may be new.
      core.relays.open(contact.theirs.relay);
      void core.rights.connect(contact.theirs.relay);
      void core.rights.connect(contact.mine.relay).then(() => core.presence.greet(contactId));
    },
    onHostHello(hello) {
      const open = new Map(hello.strings.map((string) => [string.peer, string]));
      for (const [contactId, here] of entries) {
        if (open.has(contactId) || here.view.kind === 'closed') continue;
        here.stringId = null;
        setView(contactId, { kind: 'closed' });
        core.outbox.onStringClosed(contactId);
      }
      for (const { peer, stringId, isOpen, rttMs } of open.values()) {
        const here = entry(peer);
        here.stringId = stringId;
        here.usedAtMs = world.clock.now();
        const sinceMs = here.view.kind === 'open' || here.view.kind === 'opening' ? here.view.sinceMs : world.clock.now();
        if (isOpen) setView(peer, { kind: 'open', sinceMs, rttMs });
        else setOpening(peer, sinceMs);
      }
    },
    async onState({ peer, stringId, state, rttMs, cause }) {
      const here = entry(peer);
      switch (state) {
        case 'opening':
          here.stringId = stringId;
          return setOpening(peer);
        case 'open':
          return onOpen(peer, stringId, rttMs);
        case 'closed':
        case 'failed':
          // News of an older string than the one now in use.
          if (here.stringId !== null && here.stringId !== stringId) return;
          return onClosed(peer, state === 'failed' ? (cause ?? 'no-path') : null);
        default:
          return state satisfies never;
      }
    },
    async onSignal({ peer, stringId, signal }) {
      if (!mayConnect(journal.contacts.get(peer))) return;
      // An offer that nobody heard is withdrawn, so that it can't stand in the way of theirs.
      const onUnheard = () => (signal.kind === 'offer' ? strings.close(peer) : undefined);
      core.presence.tell(peer, { kind: 'string', stringId: fromHex(stringId), signal }, onUnheard);
    },
    onCame(contactId) {
      Object.assign(entry(contactId), { failures: 0, after: null });
    },
    onRemoteSignal(contact, stringId, signal) {
      if (!mayConnect(contact)) return;
      const here = entry(contact.id);
      if (signal.kind === 'offer' && here.view.kind !== 'open') setOpening(contact.id);
      const stunUrls = core.relays.stunUrls(contact);
      core.link.send({ kind: 'string.signal', peer: contact.id, stringId, isPolite: isPolite(contact), stunUrls, signal });
    },
    close(contactId) {
      core.link.send({ kind: 'string.close', peer: contactId });
    },
    tick() {
      for (const [contactId, here] of entries) {
        const contact = journal.contacts.get(contactId);
        if (here.view.kind !== 'open' || !contact || isNeeded(contact)) continue;
        if (world.clock.now() - here.usedAtMs >= IDLE_MS) strings.close(contactId);
        else world.shell.wakeAt(here.usedAtMs + IDLE_MS);
      }
      for (const { id, state } of journal.contacts.values()) {
        if (state === 'accepted' && journal.outboxOf(id).size > 0 && entry(id).view.kind !== 'open') core.presence.greet(id);
      }
    },
  };
  return strings;
}

/** Whose queue this is, by its reading id. */
export function contactByRid(core: Core, rid: Bytes): ContactRecord | null {
  const wanted = toHex(rid);
  for (const contact of core.journal.contacts.values())
    if (readQueues(contact).some((queue) => queue.rid && toHex(queue.rid) === wanted)) return contact;
  return null;
}
