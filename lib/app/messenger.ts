/** The app put together: pages and the network host attach here, and every command and event finds its use case. */

import type { Channel } from '../bus/channel';
import type { Bytes } from '../protocol/bytes';
import { decodeIdentity, type Identity } from '../protocol/identity';
import type { ServerFrame } from '../protocol/relay';
import { decodeServerFrame } from '../protocol/relay-codec';
import { createBackups } from './backup';
import { createBoxes } from './boxes';
import { createClosings } from './closings';
import { createConnectionTests } from './connection-test';
import { receiveRequest } from './contacts';
import type { Core, World } from './core';
import { AppError } from './errors';
import { createExpiry } from './expiry';
import { createHeal } from './heal';
import { createHints } from './hints';
import { createHostLink } from './host-link';
import { createJournal } from './journal';
import { createLane } from './lane';
import type { LinkChannel, LinkEvent } from './link';
import { createMoves } from './moves';
import { createNotices, type NoticeAction } from './notices';
import { obey } from './obey';
import { createOutbox } from './outbox';
import type { Bell, Store } from './ports';
import { createPresence } from './presence';
import { createReceipts } from './receipts';
import { receiveEnvelope } from './receive';
import { createRelays } from './relays';
import { createRights } from './rights';
import { createSearch } from './search';
import { createSessions } from './sessions';
import { createStorageHealth } from './storage-health';
import { contactByRid, createStrings } from './strings';
import { sweep } from './sweep';
import { createTakeBacks } from './take-back';
import { createTyping } from './typing';
import { tendUnheard } from './unheard';
import type { ViewFrame, ViewResult } from './view';
import { idOf, isFrontCommand, isRestoreCommand, readViewCommand } from './view-command';
import { createViewHub, type Page } from './view-hub';
import { createVoice } from './voice';

export interface Messenger {
  /** Reads the journal; events that come before wait for it. @throws {AppError} storage-failed, storage-outdated */
  start(): Promise<void>;
  attachHost(channel: LinkChannel): void;
  attachPage(channel: Channel<unknown, ViewFrame>): void;
  toggleMute(): void;
  /** An alarm, or any wake: whatever is overdue is looked at. */
  tick(): void;
  /** Resolves when what pages asked for until now is done, but for what waits for a relay. */
  rest(): Promise<void>;
  /** Every queue that something may wait in for this user. */
  bells(): readonly Bell[];
  /** This user's voice goes out. */
  isInCall(): boolean;
  /** To a page that shows it, or the next that opens. True: one that can be seen went there. */
  leadTo(contactId: string): boolean;
  onNotice(contactId: string, action: NoticeAction): Promise<void>;
  /** Tells contacts who know that this user is here that they no longer are. */
  leave(): void;
}

export interface MessengerEvents {
  /** There are other queues than before. */
  readonly onQueues: () => void;
}

type MsgFrame = Extract<ServerFrame, { kind: 'msg' }>;

const REST_MS = 1000;
const NO_EVENTS: MessengerEvents = { onQueues: () => undefined };

export function createMessenger(world: World, store: Store, defaultRelay: string, events = NO_EVENTS): Messenger {
  const journal = createJournal(store, (failure) => core.health.note(failure));
  const lane = createLane(async () => {
    if (!(await journal.freshen())) return;
    await core.hub.renew();
    goOn();
  });
  let identity: Identity | null = null;
  const answering = new Set<Promise<void>>();
  const core = {
    world,
    events,
    journal,
    lane,
    identity() {
      if (!journal.profile) throw new AppError('no-profile');
      identity ??= decodeIdentity(journal.profile.identity);
      return identity;
    },
  } as Core;
  const parts = {
    hub: createViewHub(core),
    relays: createRelays(core),
    rights: createRights(core),
    sessions: createSessions(journal, world.clock),
    boxes: createBoxes(core),
    heal: createHeal(core),
    hints: createHints(core),
    moves: createMoves(core),
    closings: createClosings(core),
    connectionTests: createConnectionTests(core),
    strings: createStrings(core),
    presence: createPresence(core),
    typing: createTyping(core),
    notices: createNotices(core),
    outbox: createOutbox(core),
    takeBacks: createTakeBacks(core),
    expiry: createExpiry(core),
    receipts: createReceipts(core),
    health: createStorageHealth(core),
    voice: createVoice(core),
    search: createSearch(core),
    backups: createBackups(core),
    link: createHostLink({
      lane,
      clock: world.clock,
      report: world.report,
      onReply: (event) => core.relays.onReply(event),
      onRest: () => core.hub.flush(),
      onEvent,
      async onHello(hello) {
        core.strings.onHostHello(hello);
        core.voice.onHostHello();
        await core.relays.onHostHello(hello);
        goOn();
      },
    }),
  };
  Object.assign(core, parts);

  /** With whatever the records say is owed: nobody may have begun it. */
  function goOn(): void {
    core.receipts.flushAll();
    core.outbox.pumpAll();
    core.strings.considerAll();
  }

  async function onMessage(relay: string, { rid, messageId, ageSeconds, cell }: MsgFrame): Promise<void> {
    const contact = contactByRid(core, rid);
    const invite = [...journal.invites.values()].find(({ queue }) => queue.rid?.every((byte, i) => byte === rid[i]));
    // Not acknowledged: it waits there until they are unblocked.
    if (contact?.choices.isBlocked) return;
    // A lost ACK only means that it comes again and is dropped as seen.
    const acknowledge = () => void core.relays.ask(relay, { kind: 'ack', rid, messageId }).catch(world.report);
    if (contact) return receiveEnvelope(core, contact.id, { envelope: cell, ageSeconds, acknowledge });
    if (invite) await receiveRequest(core, invite, cell);
    acknowledge();
  }

  /** This identity is open elsewhere: a string that stayed here would keep a contact's words from the place that is connected. */
  function giveWay(relay: string): void {
    for (const { id, mine } of journal.contacts.values()) if (mine.relay === relay) core.strings.close(id);
  }

  async function onPush(relay: string, bytes: Bytes): Promise<void> {
    const { frame } = decodeServerFrame(bytes);
    switch (frame.kind) {
      case 'hello':
        return core.relays.onHello(relay, frame, true);
      case 'msg':
        return onMessage(relay, frame);
      case 'sig': {
        const contact = contactByRid(core, frame.rid);
        return contact ? core.presence.onLive(contact.id, frame.payload) : undefined;
      }
      case 'end':
        return core.moves.onEnd(frame.rid);
      default:
        // BELL and DRAIN need nothing from the app: the host reconnects by itself. IDLE comes to a reader who is back in time.
        return undefined;
    }
  }

  async function onEvent(event: LinkEvent): Promise<void> {
    switch (event.kind) {
      case 'relay.state':
        if (event.state !== 'open') core.outbox.onRelayClosed(event.relay);
        if (event.cause === 'replaced') giveWay(event.relay);
        return core.relays.onState(event);
      case 'relay.push':
        return onPush(event.relay, event.frame);
      case 'relay.reply':
      case 'relay.unanswered':
        return core.outbox.onEvent(event);
      case 'string.ack':
        core.strings.touch(event.peer, event.rttMs);
        return core.outbox.onEvent(event);
      case 'string.state':
        return core.strings.onState(event);
      case 'string.signal':
        return core.strings.onSignal(event);
      case 'string.frame':
        core.strings.touch(event.peer, null);
        if (journal.contacts.get(event.peer)?.choices.isBlocked) return;
        return receiveEnvelope(core, event.peer, {
          envelope: event.bytes,
          ageSeconds: 0,
          acknowledge: () => core.link.send({ kind: 'string.received', peer: event.peer, stringId: event.stringId, frame: event.frame }),
        });
      case 'probed':
        return core.connectionTests.onProbed(event);
      case 'voice.state':
        return core.voice.onState(event);
      default:
        return event satisfies never;
    }
  }

  async function answer(page: Page, frame: unknown): Promise<void> {
    const command = readViewCommand(frame);
    const id = idOf(frame);
    const result =
      command && !isFrontCommand(command) && !isRestoreCommand(command)
        ? await obey(core, page, command).catch((error: unknown): ViewResult => {
            // What has no id has no other way to be heard of.
            if (!(error instanceof AppError) || id === null) world.report(error);
            return { ok: false, code: error instanceof AppError ? error.code : 'internal' };
          })
        : ({ ok: false, code: 'bad-command' } as const);
    if (id) core.hub.result(page, id, result);
  }

  return {
    start() {
      // First in the lane: whatever came before waits behind it.
      return lane.run(async () => {
        await journal.load();
        journal.relay ??= defaultRelay;
        await core.expiry.start();
        await core.hints.start();
        core.notices.showBadge();
        core.search.tend();
        core.expiry.tend();
      });
    },
    attachHost: (channel) => core.link.attach(channel),
    attachPage(channel) {
      const page = core.hub.add((frame) => channel.send(frame));
      channel.onClose(() => core.hub.remove(page));
      channel.onFrame((frame) => {
        const answered = lane
          .run(async () => undefined)
          .then(() => answer(page, frame))
          .finally(() => answering.delete(answered));
        answering.add(answered);
      });
    },
    toggleMute: () => core.voice.toggleMute(),
    tick() {
      core.notices.showBadge();
      lane
        .run(async () => core.strings.tick())
        .then(() => sweep(core))
        .then(() => tendUnheard(core))
        .then(core.takeBacks.tick)
        .then(core.expiry.tend)
        .catch(world.report);
      core.moves.tend();
      core.closings.tend();
      void core.health.look();
    },
    rest: () =>
      Promise.race([Promise.all(answering), new Promise<void>((resolve) => world.clock.after(REST_MS, resolve))]).then(() => undefined),
    bells: () => core.rights.bells(),
    isInCall: () => core.voice.isOn(),
    leadTo: (contactId) => core.hub.leadTo(contactId),
    onNotice: (contactId, action) => core.notices.obey(contactId, action),
    leave: () => core.presence.leaveAll(),
  };
}
