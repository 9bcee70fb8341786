/** The app put together: pages and the network host attach here, and every command and event finds its use case. */

import type { Channel } from '../bus/channel';
import { relayBase } from '../protocol/base-url';
import type { Bytes } from '../protocol/bytes';
import { decodeIdentity, type Identity } from '../protocol/identity';
import { decodeServerFrame } from '../protocol/relay-codec';
import { isAdmissionRefused, passFrame } from './admission';
import { createBoxes } from './boxes';
import { acceptContact, createProfile, declineContact, receiveRequest, setDirect, takeInvite } from './contacts';
import type { Core, World } from './core';
import { AppError } from './errors';
import { acceptIdentity, createHeal } from './heal';
import { createHostLink } from './host-link';
import { cancelInvite, showInvite } from './invites';
import { createJournal } from './journal';
import { createLane } from './lane';
import type { LinkChannel, LinkEvent } from './link';
import { markRead, readWindow, writeText } from './messages';
import { createOutbox } from './outbox';
import type { Bell, Store } from './ports';
import { createPresence } from './presence';
import { createReceipts } from './receipts';
import { receiveEnvelope } from './receive';
import { type ContactRecord, keys } from './records';
import { createRelays } from './relays';
import { createRights } from './rights';
import { createSessions } from './sessions';
import { contactByRid, createStrings } from './strings';
import { sweep } from './sweep';
import type { LockCommand, ViewCommand, ViewFrame, ViewResult } from './view';
import { idOf, isLockCommand, readViewCommand } from './view-command';
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
}

export interface MessengerEvents {
  /** There are other queues than before. */
  readonly onQueues: () => void;
}

const REST_MS = 1000;
const NO_EVENTS: MessengerEvents = { onQueues: () => undefined };

export function createMessenger(world: World, store: Store, defaultRelay: string, events = NO_EVENTS): Messenger {
  const journal = createJournal(store);
  const lane = createLane();
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
    strings: createStrings(core),
    presence: createPresence(core),
    outbox: createOutbox(core),
    receipts: createReceipts(core),
    voice: createVoice(core),
    link: createHostLink({
      lane,
      clock: world.clock,
      report: world.report,
      onReply: (event) => core.relays.onReply(event),
      onEvent,
      async onHello(hello) {
        core.strings.onHostHello(hello);
        core.voice.onHostHello();
        await core.relays.onHostHello(hello);
        for (const { id } of journal.contacts.values()) core.receipts.flushSoon(id);
        core.outbox.pumpAll();
        core.strings.considerAll();
      },
    }),
  };
  Object.assign(core, parts);

  async function onMessage(relay: string, rid: Bytes, messageId: Bytes, cell: Bytes): Promise<void> {
    const contact = contactByRid(core, rid);
    const invite = [...journal.invites.values()].find(({ queue }) => queue.rid?.every((byte, i) => byte === rid[i]));
    if (contact) await receiveEnvelope(core, contact.id, cell);
    else if (invite) await receiveRequest(core, invite, cell);
    // A lost ACK only means that it comes again and is dropped as seen.
    core.relays.ask(relay, { kind: 'ack', rid, messageId }).catch(world.report);
  }

  async function onPush(relay: string, bytes: Bytes): Promise<void> {
    const { frame } = decodeServerFrame(bytes);
    switch (frame.kind) {
      case 'hello':
        return core.relays.onHello(relay, frame, true);
      case 'msg':
        return onMessage(relay, frame.rid, frame.messageId, frame.cell);
      case 'sig': {
        const contact = contactByRid(core, frame.rid);
        return contact ? core.presence.onLive(contact.id, frame.payload) : undefined;
      }
      default:
        // END, BELL and DRAIN need nothing from the app: the host reconnects by itself. IDLE comes to a reader who is back in time.
        return undefined;
    }
  }

  async function onEvent(event: LinkEvent): Promise<void> {
    switch (event.kind) {
      case 'relay.state':
        if (event.state !== 'open') core.outbox.onRelayClosed(event.relay);
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
        await receiveEnvelope(core, event.peer, event.bytes);
        return core.link.send({ kind: 'string.received', peer: event.peer, stringId: event.stringId, frame: event.frame });
      case 'voice.state':
        return core.voice.onState(event);
      default:
        return event satisfies never;
    }
  }

  async function setRelay(typed: string, typedAccess: string): Promise<void> {
    let url: string;
    try {
      url = relayBase(typed.trim());
    } catch {
      throw new AppError('relay-address');
    }
    const access = typedAccess.trim() || (url === journal.relay ? journal.relayAccess : '');
    await lane.run(() =>
      journal.commit((change) => {
        change.put(keys.relay, { url, access });
        change.after(() => {
          journal.relay = url;
          journal.relayAccess = access;
        });
      }),
    );
    core.relays.open(url);
    core.hub.patch([{ kind: 'relay', relay: core.relays.view() }]);
    const pass = passFrame(core, url);
    if (pass && isAdmissionRefused(await core.relays.ask(url, pass))) throw new AppError('relay-password');
  }

  async function update(contactId: string, change: (contact: ContactRecord) => ContactRecord): Promise<void> {
    const contact = journal.contacts.get(contactId);
    if (!contact) throw new AppError('contact-unknown');
    const changed = change(contact);
    if (changed === contact) return;
    await journal.commit((draft) => {
      draft.contact(changed);
      draft.after(() => core.hub.contact(contactId));
    });
  }

  async function obey(page: Page, command: Exclude<ViewCommand, LockCommand>): Promise<ViewResult> {
    switch (command.kind) {
      case 'hello':
        await lane.run(() => core.hub.greet(page, command));
        break;
      case 'identity.create':
        await lane.run(() => createProfile(core, command.name));
        core.relays.openAll();
        break;
      case 'relay.set':
        await setRelay(command.url, command.access);
        break;
      case 'invite.show':
        core.identity();
        await showInvite(core);
        break;
      case 'invite.cancel':
        await cancelInvite(core);
        break;
      case 'invite.take':
        return { ok: true, contactId: await takeInvite(core, command.text) };
      case 'contact.accept':
        await lane.run(() => acceptContact(core, command.contactId, command.direct));
        break;
      case 'contact.decline':
        await lane.run(() => declineContact(core, command.contactId));
        break;
      case 'contact.direct':
        await lane.run(() => setDirect(core, command.contactId, command.direct));
        break;
      case 'contact.identity':
        await lane.run(() => acceptIdentity(core, command.contactId, command.fingerprint));
        break;
      case 'contact.routing':
        await lane.run(() => update(command.contactId, (contact) => ({ ...contact, routing: command.routing })));
        break;
      case 'message.send':
        core.relays.hasten();
        await lane.run(() => writeText(core, command.contactId, command.id, command.text));
        break;
      case 'conversation.show':
        await showConversation(page, command);
        break;
      case 'conversation.earlier': {
        const window = await readWindow(core, command.contactId, command.before);
        if (window) page.send({ kind: 'patch', revision: core.hub.revision(), patches: [{ ...window, kind: 'earlier' }] });
        break;
      }
      case 'conversation.read':
        while (await lane.run(() => markRead(core, command.contactId, command.upTo)));
        break;
      case 'draft.save':
        // A message that was sent has taken its draft along already.
        await lane.run(() =>
          update(command.contactId, (contact) => (contact.draft === command.text ? contact : { ...contact, draft: command.text })),
        );
        break;
      case 'voice.start':
        core.voice.start(command.contactId);
        break;
      case 'voice.stop':
        core.voice.stop(command.contactId);
        break;
      case 'voice.mute':
        core.voice.mute(command.isMuted);
        break;
      default:
        command satisfies never;
    }
    return { ok: true };
  }

  async function showConversation(
    page: Page,
    { contactId, isVisible }: Extract<ViewCommand, { kind: 'conversation.show' }>,
  ): Promise<void> {
    const isOther = page.conversation !== contactId;
    page.isVisible = isVisible;
    if (isOther) await lane.run(() => core.hub.showConversation(page, contactId));
    if (!contactId || !isVisible) return;
    core.relays.hasten();
    // Whether they are here is asked when it matters: when their chat is looked at.
    if (core.strings.openId(contactId) === null) core.presence.greet(contactId);
    core.strings.consider(contactId);
  }

  async function answer(page: Page, frame: unknown): Promise<void> {
    const command = readViewCommand(frame);
    const id = idOf(frame);
    const result =
      command && !isLockCommand(command)
        ? await obey(page, command).catch((error: unknown): ViewResult => {
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
        core.hub.showBadge();
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
      lane
        .run(async () => core.strings.tick())
        .then(() => sweep(core))
        .catch(world.report);
    },
    rest: () =>
      Promise.race([Promise.all(answering), new Promise<void>((resolve) => world.clock.after(REST_MS, resolve))]).then(() => undefined),
    bells: () => core.rights.bells(),
    isInCall: () => core.voice.isOn(),
  };
}
