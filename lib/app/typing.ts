/** Who is writing just now. Said live, never stored: what is lost or late ends by itself. */
import { chosenFor } from '../domain/choices';
import type { Core } from './core';

/** Said again no sooner, however much is written. */
const SAID_MS = 3000;
const SHOWN_MS = 6000;

export interface Typing {
  /** This user writes to the contact, or has stopped. */
  say(contactId: string, isTyping: boolean): void;
  /** The contact's word. Shown for six seconds, or until a message of theirs has come. */
  hear(contactId: string, isTyping: boolean): void;
  isShown(contactId: string): boolean;
}

export function createTyping(core: Core): Typing {
  const { journal, world } = core;
  const saidAtMs = new Map<string, number>();
  const shown = new Map<string, () => void>();

  function end(contactId: string): void {
    const cancel = shown.get(contactId);
    if (!cancel) return;
    cancel();
    shown.delete(contactId);
    core.hub.contact(contactId);
  }

  return {
    say(contactId, isTyping) {
      const contact = journal.contacts.get(contactId);
      const now = world.clock.now();
      const isHeard = contact && (contact.isOnline || core.strings.openId(contactId) !== null);
      if (!isHeard || !chosenFor(contact.choices, journal.settings).tellsTyping) return;
      if (now - (saidAtMs.get(contactId) ?? Number.NEGATIVE_INFINITY) < SAID_MS) return;
      saidAtMs.set(contactId, now);
      core.presence.tell(contactId, { kind: 'typing', isTyping });
    },
    hear(contactId, isTyping) {
      if (!isTyping) return end(contactId);
      shown.get(contactId)?.();
      shown.set(
        contactId,
        world.clock.after(SHOWN_MS, () => end(contactId)),
      );
      core.hub.contact(contactId);
    },
    isShown: (contactId) => shown.has(contactId),
  };
}
