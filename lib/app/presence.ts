/** Who is here, and the live frames that say so and arrange strings. Live frames never touch the ratchet. */
import { type Bytes, toHex } from '../protocol/bytes';
import { identityHash } from '../protocol/identity';
import { nextStamp, openLive, sealLive } from '../protocol/live';
import { decodeLivePayload, encodeLivePayload, type LivePayload } from '../protocol/live-payload';
import type { ClientFrame } from '../protocol/relay';
import { isVisibleTo } from './choices';
import type { Core } from './core';
import type { ContactRecord } from './records';

export interface Presence {
  /** Asks whether the contact is here. */
  greet(contactId: string): void;
  /** Says something live; `onUnheard` when nobody was there to take it. */
  tell(contactId: string, payload: LivePayload, onUnheard?: () => void): void;
  /** This user is gone to the contact from now on, whatever they are to others. */
  leave(contactId: string): void;
  /** To everybody, at once: nothing after this is sure to run. */
  leaveAll(): void;
  /** Runs in the lane. */
  setOnline(contactId: string, isOnline: boolean): Promise<void>;
  /** A live frame from this contact's queue. Runs in the lane. */
  onLive(contactId: string, frame: Bytes): Promise<void>;
}

export function createPresence(core: Core): Presence {
  const { journal, world } = core;
  let lastStamp = 0;

  function frameFor(contact: ContactRecord, payload: LivePayload): Extract<ClientFrame, { kind: 'sig' }> {
    const { relay, sid } = contact.theirs;
    lastStamp = nextStamp(lastStamp, core.relays.now(relay));
    const seal = {
      key: contact.live.mine,
      stamp: lastStamp,
      senderHash: identityHash(core.identity().statement),
      readerHash: identityHash(contact.statement),
    };
    return { kind: 'sig', sid, payload: sealLive(world.engine, seal, encodeLivePayload(payload)) };
  }

  function canTell(contact: ContactRecord | undefined): contact is ContactRecord {
    return contact?.state === 'accepted' && !contact.changed && core.rights.canWrite(contact.theirs);
  }

  /** Answers whether somebody live took the frame. */
  async function send(contactId: string, payload: LivePayload): Promise<boolean> {
    const contact = journal.contacts.get(contactId);
    if (!canTell(contact) || !isVisibleTo(journal, contact)) return false;
    const reply = await core.relays.ask(contact.theirs.relay, frameFor(contact, payload));
    return reply.kind === 'ok';
  }

  /** Nobody waits for the answer, nor for anything before: the frame is with the host when this returns. */
  function sayGone(contact: ContactRecord | undefined): void {
    if (!canTell(contact)) return;
    const frame = frameFor(contact, { kind: 'presence', isHere: false, wantsAnswer: false });
    core.relays.tell(contact.theirs.relay, `gone:${contact.id}`, frame);
  }

  async function onPresence(contactId: string, payload: Extract<LivePayload, { kind: 'presence' }>): Promise<void> {
    if (payload.isHere && payload.wantsAnswer) presence.tell(contactId, { kind: 'presence', isHere: true, wantsAnswer: false });
    await presence.setOnline(contactId, payload.isHere);
    core.strings.consider(contactId);
  }

  const presence: Presence = {
    greet: (contactId) => presence.tell(contactId, { kind: 'presence', isHere: true, wantsAnswer: true }),
    tell(contactId, payload, onUnheard = () => undefined) {
      send(contactId, payload)
        .catch((error: unknown) => {
          world.report(error);
          return false;
        })
        .then((isHeard) => {
          if (isHeard) return;
          onUnheard();
          return core.lane.run(() => presence.setOnline(contactId, core.strings.openId(contactId) !== null));
        })
        .catch((error: unknown) => world.report(error));
    },
    leave(contactId) {
      sayGone(journal.contacts.get(contactId));
      core.voice.stop(contactId);
      core.strings.close(contactId);
      core.typing.hear(contactId, false);
    },
    leaveAll() {
      for (const contact of journal.contacts.values()) if (isVisibleTo(journal, contact)) sayGone(contact);
    },
    async setOnline(contactId, isOnline) {
      const contact = journal.contacts.get(contactId);
      if (!contact || contact.isOnline === isOnline) return;
      if (!isOnline) core.typing.hear(contactId, false);
      const lastSeenMs = isOnline || contact.isOnline ? world.clock.now() : contact.lastSeenMs;
      await journal.commit((change) => {
        change.contact({ ...contact, isOnline, lastSeenMs });
        change.after(() => core.hub.contact(contactId));
      });
      if (isOnline) core.strings.onCame(contactId);
      core.strings.consider(contactId);
    },
    async onLive(contactId, frame) {
      const contact = journal.contacts.get(contactId);
      if (!contact || !isVisibleTo(journal, contact)) return;
      const { payload, stamp } = openLive(
        {
          keys: contact.live.theirs,
          senderHash: identityHash(contact.statement),
          readerHash: identityHash(core.identity().statement),
          lastStamp: contact.live.lastStamp,
          nowMs: core.relays.now(contact.mine.relay),
        },
        frame,
      );
      const live = decodeLivePayload(payload);
      const stamped = { ...contact, live: { ...contact.live, lastStamp: stamp } };
      await journal.commit((change) => change.contact(stamped));
      if (live.kind === 'presence') return onPresence(contactId, live);
      if (live.kind === 'typing') return core.typing.hear(contactId, live.isTyping);
      if (!stamped.isOnline) await presence.setOnline(contactId, true);
      core.strings.onRemoteSignal(stamped, toHex(live.stringId), live.signal);
    },
  };
  return presence;
}
