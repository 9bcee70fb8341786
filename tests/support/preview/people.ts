/** Contacts, messages and views to draw. Times lie around one fixed afternoon. */

import type { ContactView, ConversationView, MessageView, View } from '../../../lib/app/view';
import type { LockView } from '../../../lib/app/view-lock';
import { chosenFor, DEFAULT_SETTINGS, NO_CHOICES } from '../../../lib/domain/choices';
import type { Delivery } from '../../../lib/domain/delivery';

/** 21 November 2026, 14:33 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 21, 14, 33);
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

export const at = (hour: number, minute: number, daysAgo = 0) => Date.UTC(2026, 10, 21, hour, minute) - daysAgo * DAY_MS;

const CLOSED = {
  state: 'accepted',
  presence: 'offline',
  lastSeenMs: null,
  string: { kind: 'closed' },
  voice: { kind: 'off' },
  theirVoice: false,
  changedFingerprint: null,
  hasWeakKeys: false,
  direct: { mine: 'allowed', theirs: 'allowed' },
  choices: NO_CHOICES,
  chosen: chosenFor(NO_CHOICES, DEFAULT_SETTINGS),
  told: { reading: true, typing: true },
  isTyping: false,
  movesTo: null,
  unread: 0,
  readUpTo: 0,
  draft: '',
  waiting: 0,
  last: null,
  addedAtMs: at(9, 0, 3),
} satisfies Partial<ContactView>;

export function person(name: string, seed: number, more: Partial<ContactView> = {}): ContactView {
  const id = seed.toString(16).padStart(32, '0');
  const fingerprint = Array.from({ length: 8 }, (_, index) =>
    ((seed * 7919 + index * 104_729) % 65_536).toString(16).padStart(4, '0'),
  ).join('');
  return { ...CLOSED, id, name, fingerprint, ...more };
}

export const choosing = (contact: ContactView, changed: Partial<ContactView['choices']>): ContactView => ({
  ...contact,
  choices: { ...contact.choices, ...changed },
});

export const MARA = person('Mara Okafor', 12, {
  presence: 'online',
  lastSeenMs: at(14, 32),
  string: { kind: 'open', sinceMs: at(14, 20), rttMs: 24.2 },
  last: { text: 'On the string now. Call?', isMine: false, atMs: at(14, 32), delivery: null },
});
export const JUN = person('Jun Li', 13, {
  lastSeenMs: at(12, 58),
  waiting: 1,
  last: { text: 'Meeting moved to 18:00', isMine: true, atMs: at(13, 5), delivery: { stage: 'local' } },
});
export const RIVER = person('Rivka כהן', 14, {
  chosen: { ...chosenFor(NO_CHOICES, DEFAULT_SETTINGS), routing: 'relay' },
  lastSeenMs: at(9, 4, 4),
  last: {
    text: 'The map is attached',
    isMine: true,
    atMs: at(18, 5, 4),
    delivery: { stage: 'held', heldAtMs: at(18, 5, 4), heldUntilMs: at(18, 5, -3) },
  },
});
export const TOMAS = person('Tomás Bartholomäus Wohlgemuth-Lindenberger', 15, {
  lastSeenMs: at(20, 10, 5),
  draft: 'I never got round to',
  last: { text: 'See you', isMine: false, atMs: at(20, 10, 5), delivery: null },
});
export const ANA = person('Ana', 16, { state: 'requested', addedAtMs: at(14, 30), direct: { mine: 'allowed', theirs: null } });
export const SAM = person('Sam Ito', 17, { state: 'request', addedAtMs: at(14, 31), direct: { mine: null, theirs: 'allowed' } });
export const LEE = person('Lee Novak', 18, { state: 'preview', addedAtMs: at(14, 29), direct: { mine: null, theirs: null } });

const PLAIN = {
  ...{ routing: 'device', reply: null, reactions: { mine: null, theirs: null } },
  ...{ editedAtMs: null, deleted: null, expiry: null, expiresAtMs: null },
} satisfies Partial<MessageView>;

export function theirs(sequence: number, text: string, sentAtMs: number, isRead = true): MessageView {
  return {
    ...PLAIN,
    id: sequence.toString(16).padStart(32, 'a'),
    sequence,
    isMine: false,
    text,
    sentAtMs,
    receivedAtMs: sentAtMs,
    delivery: null,
    isRead,
  };
}

export function mine(sequence: number, text: string, sentAtMs: number, delivery: Delivery): MessageView {
  return {
    ...PLAIN,
    id: sequence.toString(16).padStart(32, 'b'),
    sequence,
    isMine: true,
    text,
    sentAtMs,
    receivedAtMs: null,
    delivery,
    isRead: false,
  };
}

export function conversation(contact: ContactView, messages: readonly MessageView[], hasEarlier = false): ConversationView {
  return { contactId: contact.id, messages, hasEarlier, hasLater: false };
}

export const BASE: View = {
  profile: { name: 'Noor', fingerprint: '4be1907fa2c35d6610b8f37e29cc5a04' },
  relay: { kind: 'open', url: 'wss://relay.home.example' },
  contacts: [],
  invite: null,
  conversation: null,
  shortcuts: { 'open-panel': 'Alt+Shift+K', 'toggle-mute': '' },
  storage: { usedBytes: 48_200_000, freeBytes: 74e9, room: 'enough', isKept: true, messages: 12_408, lastBackupMs: at(9, 12, 6) },
  settings: DEFAULT_SETTINGS,
  isClockDoubted: false,
  hints: [],
};

export const UNLOCKED: LockView = {
  isLocked: false,
  failure: null,
  secret: null,
  wipeAfter: 0,
  passkeys: [],
  autoLockMinutes: 15,
  failed: 0,
  retryAtMs: 0,
  isPostponed: false,
  profiles: [{ id: 'tincan', label: '' }],
  activeProfileId: 'tincan',
};
