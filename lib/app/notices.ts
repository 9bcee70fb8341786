/**
 * What the user is told outside the pages: one notice per contact, renewed by each message and gone with what it speaks of, and
 * one sound for all that comes within a moment. Nothing of muted or blocked contacts, and nothing in quiet hours.
 */
import { isMuted, isQuiet } from '../domain/choices';
import { firstLetters } from '../domain/excerpt';
import { safeName } from '../domain/name';
import { chooseForContact } from './choices';
import type { Core } from './core';
import { readAll } from './reading';

const SOUND_PAUSE_MS = 2000;
const MUTE_MS = 3600_000;
const EXCERPT_LETTERS = 160;

/** Everything read, or silence for an hour. */
export type NoticeAction = 'read' | 'mute';

interface Shown {
  readonly id: string;
  readonly text: string;
}

export interface Notices {
  /** Null: a request. */
  arrived(contactId: string, message: Shown | null): void;
  /** What it shows reads otherwise now. */
  changed(contactId: string, message: Shown & { readonly sequence: number }): void;
  /** Of what it shows nothing is left to be seen. */
  gone(contactId: string, messageId: string): void;
  /** What its buttons are for. The contact may be gone. */
  obey(contactId: string, action: NoticeAction): Promise<void>;
  showBadge(): void;
}

export function createNotices(core: Core): Notices {
  const { journal, world } = core;
  /** The message that a contact's notice shows. One from before this worker woke is not in here. */
  const shown = new Map<string, string>();
  let soundedAtMs = Number.NEGATIVE_INFINITY;

  function sound(): void {
    const now = world.clock.now();
    if (!journal.settings.notify.hasSound || now - soundedAtMs < SOUND_PAUSE_MS) return;
    soundedAtMs = now;
    core.link.send({ kind: 'chime' });
  }

  /** False: the user is not to be told. */
  function notify(contactId: string, message: Shown | null): boolean {
    const contact = journal.contacts.get(contactId);
    const { shows, quiet } = journal.settings.notify;
    const now = world.clock.now();
    if (!contact || contact.choices.isBlocked || core.hub.isLookedAt(contactId)) return false;
    if (isMuted(contact.choices, now) || isQuiet(quiet, world.minuteOfDay(now))) return false;
    if (message) shown.set(contactId, message.id);
    world.shell.notify({
      contactId,
      kind: message ? 'message' : 'request',
      name: shows === 'nothing' ? null : safeName(contact.name),
      text: shows === 'text' && message ? firstLetters(message.text, EXCERPT_LETTERS) : null,
      unread: contact.unread,
    });
    return true;
  }

  return {
    arrived(contactId, message) {
      if (notify(contactId, message)) sound();
    },
    changed(contactId, message) {
      const known = shown.get(contactId);
      // An earlier worker's notice shows what came last.
      const isShown = known === undefined ? journal.contacts.get(contactId)?.last?.sequence === message.sequence : known === message.id;
      if (isShown && !notify(contactId, message)) world.shell.dismiss(contactId);
    },
    gone(contactId, messageId) {
      const known = shown.get(contactId);
      if (known !== undefined && known !== messageId) return;
      shown.delete(contactId);
      world.shell.dismiss(contactId);
    },
    async obey(contactId, action) {
      if (!journal.contacts.has(contactId)) return;
      if (action === 'read') await readAll(core, contactId);
      else await core.lane.run(() => chooseForContact(core, contactId, { mutedUntilMs: world.clock.now() + MUTE_MS }));
      world.shell.dismiss(contactId);
    },
    showBadge() {
      const now = world.clock.now();
      let unread = 0;
      for (const { choices, state, ...contact } of journal.contacts.values())
        if (!choices.isBlocked && !isMuted(choices, now))
          unread += (contact.unread || Number(contact.isMarkedUnread ?? false)) + Number(state === 'request');
      world.shell.badge({ unread, isMuted: core.voice.isMuted() });
    },
  };
}
