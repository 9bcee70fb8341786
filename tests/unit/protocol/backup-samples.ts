/** Items of a backup: every kind, every choice in it. */
import type { BackupContact } from '../../../lib/protocol/backup-contact';
import type { BackupItem, BackupMessage } from '../../../lib/protocol/backup-items';
import { toHex } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { createIdentity, encodeIdentity } from '../../../lib/protocol/identity';

const RELAY = 'wss://relay.example';

export function backupItems({ randomBytes }: Pick<Engine, 'randomBytes'>): readonly BackupItem[] {
  const person = () => createIdentity({ randomBytes });
  const id = () => toHex(randomBytes(16));
  const box = () => ({ relay: RELAY, boxId: randomBytes(16), secret: randomBytes(32) });
  const plain: BackupContact = {
    kind: 'contact',
    id: id(),
    name: 'Jun ✓',
    statement: person().statement,
    changedStatement: null,
    addedAtMs: 7,
    lastSeenMs: null,
    inviteId: id(),
    mine: { relay: RELAY, newId: randomBytes(16), readerSecret: randomBytes(32), doorbellSecret: randomBytes(32), rid: null, sid: null },
    theirs: { relay: 'ws://10.0.0.1', sid: randomBytes(24), writerSecret: randomBytes(32), isRegistered: false },
    direct: { mine: null, theirs: null },
    mayWait: false,
    box: { mine: null, theirs: null },
    generation: 1,
    nextSequence: 1,
    readUpTo: 0,
    draft: '',
  };
  const full: BackupContact = {
    ...plain,
    id: id(),
    changedStatement: person().statement,
    lastSeenMs: 2 ** 53 - 1,
    mine: { ...plain.mine, rid: randomBytes(24), sid: randomBytes(24) },
    theirs: { ...plain.theirs, isRegistered: true },
    direct: { mine: 'allowed', theirs: 'denied' },
    mayWait: true,
    box: { mine: { ...box(), ownerSecret: randomBytes(32), revision: 2 ** 32 - 1 }, theirs: box() },
    generation: 2 ** 32 - 1,
    nextSequence: 9,
    readUpTo: 8,
    draft: 'half a sent ✓ \u{1f600}',
  };
  const theirs: BackupMessage = {
    kind: 'message',
    id: id(),
    sequence: 1,
    text: 'hello ✓',
    sentAtMs: 5,
    receivedAtMs: 6,
    mayWait: false,
    expiresAtMs: 2 ** 40,
    delivery: null,
    isUnconfirmed: false,
  };
  const mine = { ...theirs, receivedAtMs: null, expiresAtMs: null, mayWait: true };
  return [
    { kind: 'profile', atMs: 9, name: 'Ana', identity: encodeIdentity(person()), createdAtMs: 8, relay: null, autoLockMinutes: null },
    {
      ...{ kind: 'profile', atMs: 9, name: '', identity: encodeIdentity(person()), createdAtMs: 8 },
      relay: { url: RELAY, access: 'password ✓' },
      autoLockMinutes: 65_535,
    },
    plain,
    full,
    theirs,
    { ...mine, sequence: 2, delivery: { stage: 'local' }, isUnconfirmed: true },
    { ...mine, sequence: 3, delivery: { stage: 'held', untilMs: 12 }, isUnconfirmed: true },
    { ...mine, sequence: 4, delivery: { stage: 'delivered', atMs: 13 } },
    { ...mine, sequence: 5, delivery: { stage: 'read', atMs: 14 }, text: 'x'.repeat(12_000) },
    { kind: 'tombstone', id: id(), sequence: 6 },
  ];
}
