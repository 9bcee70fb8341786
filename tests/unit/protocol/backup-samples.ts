/** Items of a backup: every kind, every choice in it. */
import { type Choices, DAY_MINUTES, type Settings } from '../../../lib/protocol/backup-choices';
import type { BackupContact } from '../../../lib/protocol/backup-contact';
import type { BackupItem, BackupMessage, BackupProfile, BackupSaid, BackupTombstone } from '../../../lib/protocol/backup-items';
import type { BackupDelivery } from '../../../lib/protocol/backup-message';
import { toHex } from '../../../lib/protocol/bytes';
import { MAX_EXPIRY_SECONDS, MAX_PARTS, MAX_TEXT_BYTES } from '../../../lib/protocol/content-life';
import type { Engine } from '../../../lib/protocol/engine';
import { createIdentity, encodeIdentity } from '../../../lib/protocol/identity';

type Draw = Pick<Engine, 'randomBytes'>;

const RELAY = 'wss://relay.example';
const LATEST_MS = 2 ** 53 - 1;

const SETTINGS: readonly Settings[] = [
  {
    ...{ routing: 'device', expiry: null, tellsReading: true, tellsTyping: false, tellsPresence: true },
    notify: { shows: 'text', hasSound: true, quiet: null },
  },
  {
    ...{ routing: 'relay', expiry: { seconds: 1, base: 'read' }, tellsReading: false, tellsTyping: true, tellsPresence: false },
    notify: { shows: 'sender', hasSound: false, quiet: { from: DAY_MINUTES - 1, to: 0 } },
  },
  {
    ...{
      routing: 'ask',
      expiry: { seconds: MAX_EXPIRY_SECONDS, base: 'sent' },
      tellsReading: true,
      tellsTyping: true,
      tellsPresence: true,
    },
    notify: { shows: 'nothing', hasSound: false, quiet: { from: 0, to: DAY_MINUTES - 1 } },
  },
];

const NONE: Choices = {
  ...{ routing: null, expiry: null, tellsReading: null, tellsTyping: null, tellsPresence: null },
  ...{ isPinned: false, isArchived: false, isBlocked: false, mutedUntilMs: 0 },
};

const CHOICES: readonly Choices[] = [
  { ...NONE, routing: 'device', expiry: 'off', tellsReading: true, isPinned: true },
  { ...NONE, routing: 'relay', expiry: { seconds: 60, base: 'read' }, tellsTyping: false, isArchived: true, mutedUntilMs: 12 },
  {
    ...NONE,
    routing: 'ask',
    expiry: { seconds: 3600, base: 'sent' },
    tellsPresence: true,
    isBlocked: true,
    mutedUntilMs: Number.MAX_SAFE_INTEGER,
  },
];

const NOWHERE: BackupDelivery = {
  ...{ stage: 'local', heldAtMs: null, heldUntilMs: null, deliveredAtMs: null, readAtMs: null, outcome: null },
};

/** Each stage, each outcome, each time by itself. */
const DELIVERIES: readonly BackupDelivery[] = [
  NOWHERE,
  { ...NOWHERE, outcome: { kind: 'failed', cause: 'queue-gone', atMs: 11 } },
  { ...NOWHERE, outcome: { kind: 'failed', cause: 'queue-full', atMs: 11 } },
  { ...NOWHERE, stage: 'held', heldAtMs: 12, heldUntilMs: LATEST_MS },
  { ...NOWHERE, stage: 'held', heldAtMs: 12, heldUntilMs: 13, outcome: { kind: 'taken-back', atMs: 14 } },
  { ...NOWHERE, stage: 'delivered', deliveredAtMs: 15, outcome: { kind: 'expired', atMs: 16 } },
  { ...NOWHERE, stage: 'read', heldAtMs: 12, heldUntilMs: 13, deliveredAtMs: 15, readAtMs: 16 },
];

function profiles(draw: Draw): readonly BackupProfile[] {
  return SETTINGS.map((settings, i) => ({
    ...{ kind: 'profile', atMs: 9, name: 'Ana', identity: encodeIdentity(createIdentity(draw)), createdAtMs: 8 },
    ...(i === 1
      ? { name: '', relay: { url: RELAY, access: 'password ✓' }, autoLockMinutes: 65_535 }
      : { relay: null, autoLockMinutes: null }),
    settings,
  }));
}

function contacts(draw: Draw): readonly BackupContact[] {
  const { randomBytes } = draw;
  const { statement } = createIdentity(draw);
  const id = () => toHex(randomBytes(16));
  const box = () => ({ relay: RELAY, boxId: randomBytes(16), secret: randomBytes(32) });
  const plain: BackupContact = {
    kind: 'contact',
    id: id(),
    name: 'Jun ✓',
    statement,
    changedStatement: null,
    addedAtMs: 7,
    lastSeenMs: null,
    inviteId: id(),
    mine: { relay: RELAY, newId: randomBytes(16), readerSecret: randomBytes(32), doorbellSecret: randomBytes(32), rid: null, sid: null },
    theirs: { relay: 'ws://10.0.0.1', sid: randomBytes(24), writerSecret: randomBytes(32), isRegistered: false },
    direct: { mine: null, theirs: null },
    choices: NONE,
    told: { reading: false, typing: false, version: 1 },
    box: { mine: null, theirs: null },
    generation: 1,
    order: { mine: 0, theirs: 0 },
    nextSequence: 1,
    readUpTo: 0,
    draft: '',
  };
  const full = CHOICES.map((choices) => ({
    ...plain,
    id: id(),
    changedStatement: createIdentity(draw).statement,
    lastSeenMs: LATEST_MS,
    mine: { ...plain.mine, rid: randomBytes(24), sid: randomBytes(24) },
    theirs: { ...plain.theirs, isRegistered: true },
    direct: { mine: 'allowed', theirs: 'denied' } as const,
    choices,
    told: { reading: choices.isPinned, typing: choices.isBlocked, version: 255 },
    box: { mine: { ...box(), ownerSecret: randomBytes(32), revision: 2 ** 32 - 1 }, theirs: box() },
    generation: 2 ** 32 - 1,
    order: { mine: LATEST_MS, theirs: 1 },
    nextSequence: 90,
    readUpTo: 8.5,
    draft: 'half a sent ✓ \u{1f600}',
  }));
  return [plain, ...full];
}

function messages({ randomBytes }: Draw): readonly BackupMessage[] {
  const id = () => toHex(randomBytes(16));
  const theirs: BackupMessage = {
    kind: 'message',
    id: id(),
    sequence: 1,
    order: 3,
    text: 'hello ✓',
    sentAtMs: 5,
    receivedAtMs: 6,
    mayWait: false,
    expiry: { seconds: 60, base: 'read' },
    expiresAtMs: 2 ** 40,
    replyTo: null,
    edited: null,
    reactions: { mine: null, theirs: null },
    deleted: null,
    delivery: null,
    isMine: false,
    isUnconfirmed: false,
  };
  const rich: BackupMessage = {
    ...{ ...theirs, id: id(), sequence: 1.000_000_000_000_000_2, expiry: { seconds: 1, base: 'sent' }, replyTo: theirs.id },
    ...{ edited: { order: 4, atMs: 7 }, reactions: { mine: { emoji: '👩‍👩‍👧‍👦', order: LATEST_MS }, theirs: { emoji: '', order: 1 } } },
  };
  const mine: BackupMessage = { ...theirs, receivedAtMs: null, expiry: null, expiresAtMs: null, mayWait: true, isMine: true };
  const told = DELIVERIES.map((delivery, i) => ({
    ...{ ...mine, id: id(), sequence: 2 + i, order: 10 + i, delivery },
    isUnconfirmed: delivery.stage === 'local' || delivery.stage === 'held',
  }));
  const longest = 'x'.repeat(MAX_PARTS * MAX_TEXT_BYTES);
  return [
    theirs,
    rich,
    ...told,
    // A note to oneself.
    { ...mine, id: id(), sequence: 20, text: longest },
    { ...mine, id: id(), sequence: 21, text: '', deleted: { atMs: 8, confirmedAtMs: null }, delivery: NOWHERE },
    { ...theirs, id: id(), sequence: 22, text: '', deleted: { atMs: 8, confirmedAtMs: 9 } },
  ];
}

/** Nothing of them is drawn: the stored vectors are older, and what is drawn after them stays as it was. */
const SAID: readonly BackupSaid[] = [
  { kind: 'said', id: '01'.repeat(16), mayWait: true, atMs: LATEST_MS, what: { kind: 'edit', target: '02'.repeat(16), sequence: 1.5 } },
  { kind: 'said', id: '03'.repeat(16), mayWait: false, atMs: 5, what: { kind: 'reaction', target: '02'.repeat(16), sequence: 2 } },
  { kind: 'said', id: '04'.repeat(16), mayWait: true, atMs: 6, what: { kind: 'delete', targets: ['02'.repeat(16), '05'.repeat(16)] } },
];

export interface BackupSamples {
  readonly profiles: readonly BackupProfile[];
  /** With the first nothing was said or chosen. */
  readonly contacts: readonly BackupContact[];
  readonly messages: readonly BackupMessage[];
  readonly tombstone: BackupTombstone;
  readonly said: readonly BackupSaid[];
}

export function backupSamples(draw: Draw): BackupSamples {
  const tombstone = { kind: 'tombstone', id: toHex(draw.randomBytes(16)), sequence: 23.5 } as const;
  return { profiles: profiles(draw), contacts: contacts(draw), messages: messages(draw), tombstone, said: SAID };
}

/** In an order that no backup has. */
export function backupItems(draw: Draw): readonly BackupItem[] {
  const samples = backupSamples(draw);
  return [...samples.profiles, ...samples.contacts, ...samples.messages, samples.tombstone, ...samples.said];
}
