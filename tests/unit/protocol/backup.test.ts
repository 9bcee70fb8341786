/** A backup file's form: what opens it, and what every kind of damage is called. */
import { describe, expect, test } from 'vitest';
import { LEAST_ARGON2 } from '../../../lib/protocol/argon2';
import { DAY_MINUTES } from '../../../lib/protocol/backup-choices';
import type { BackupContact } from '../../../lib/protocol/backup-contact';
import {
  type BackupItem,
  type BackupMessage,
  type BackupProfile,
  decodeBackupItem,
  encodeBackupItem,
  frameBackupItem,
  takeBackupItems,
} from '../../../lib/protocol/backup-items';
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../../../lib/protocol/backup-sizes';
import {
  BACKUP_CONTENT_BYTES,
  backupBlocks,
  openBackup,
  openBackupBlock,
  sealBackupBlock,
  startBackup,
} from '../../../lib/protocol/backup-stream';
import { type Bytes, concat, fromHex, toHex, utf8 } from '../../../lib/protocol/bytes';
import { MAX_EMOJI_BYTES, MAX_EXPIRY_SECONDS, MAX_PARTS, MAX_TEXT_BYTES } from '../../../lib/protocol/content-life';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { hash, label } from '../../../lib/protocol/kdf';
import { quickArgon2id } from '../../support/quick-argon2';
import { backupItems, backupSamples } from './backup-samples';

const engine = webCryptoEngine(crypto);
const PASSPHRASE = 'seven blue kettles';
const ITEMS = backupItems(engine);
const SAMPLES = backupSamples(engine);

const open = (header: Uint8Array, passphrase = PASSPHRASE) => openBackup(quickArgon2id, passphrase, header);
const content = (fill: number) => new Uint8Array(BACKUP_CONTENT_BYTES).fill(fill);

async function threeBlocks() {
  const stream = await startBackup(engine, quickArgon2id, PASSPHRASE);
  const blocks = [
    await sealBackupBlock(engine, stream, { index: 0, isLast: false }, content(1)),
    await sealBackupBlock(engine, stream, { index: 1, isLast: false }, content(2)),
    await sealBackupBlock(engine, stream, { index: 2, isLast: true }, utf8('the end')),
  ];
  return { stream, blocks };
}

/** As restoring does: every block in its place, the last known by the file's size. */
async function readAll(header: Bytes, blocks: readonly Bytes[]): Promise<Bytes> {
  const stream = await open(header);
  const count = backupBlocks(header.length + blocks.reduce((sum, { length }) => sum + length, 0));
  const opened: Bytes[] = [];
  for (const [index, block] of blocks.entries())
    opened.push(await openBackupBlock(engine, stream, { index, isLast: index === count - 1 }, block));
  return concat(...opened);
}

/** The header with other terms, and a check that fits them. */
function withTerms(header: Bytes, [memoryKib, passes, lanes]: readonly [number, number, number]): Bytes {
  const changed = header.slice(0, -4);
  new DataView(changed.buffer).setUint32(14, memoryKib);
  changed.set([passes, lanes], 18);
  return concat(changed, hash(label('backup check'), changed).slice(0, 4));
}

describe('the header', () => {
  test('opens to its passphrase alone, however the browser composed what was typed', async () => {
    const { header } = await startBackup(engine, quickArgon2id, 'caf\u00e9 noir et sucr\u00e9');
    expect(header.length).toBe(BACKUP_HEADER_BYTES);
    await expect(open(header, 'cafe\u0301 noir et sucre\u0301')).resolves.toBeDefined();
    await expect(open(header, 'cafe noir et sucre')).rejects.toMatchObject({ code: 'bad-tag' });
  });

  test('names no two files alike: the same passphrase seals every one under its own key', async () => {
    const [one, other] = [await startBackup(engine, quickArgon2id, PASSPHRASE), await startBackup(engine, quickArgon2id, PASSPHRASE)];
    expect(one.key).not.toEqual(other.key);
    expect(one.header).not.toEqual(other.header);
  });

  test('damaged anywhere is told from a wrong passphrase, and nothing is stretched for it', async () => {
    const { header } = await startBackup(engine, quickArgon2id, PASSPHRASE);
    for (let at = 0; at < header.length; at++) {
      const damaged = header.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const code = at < 13 ? 'bad-kind' : at === 13 ? 'bad-version' : 'bad-value';
      const untouched = () => Promise.reject(new Error('stretched'));
      await expect(openBackup(untouched, PASSPHRASE, damaged), `byte ${at}`).rejects.toMatchObject({ code });
    }
    await expect(open(header.slice(0, -1))).rejects.toMatchObject({ code: 'truncated' });
    await expect(open(concat(header, new Uint8Array(1)))).rejects.toMatchObject({ code: 'trailing' });
  });

  test('that asks for less work than the least, or for more than a machine should give, is refused before any work', async () => {
    const { header } = await startBackup(engine, quickArgon2id, PASSPHRASE);
    const untouched = () => Promise.reject(new Error('stretched'));
    const { memoryKib, passes, lanes } = LEAST_ARGON2;
    const asked = (terms: readonly [number, number, number]) => openBackup(untouched, PASSPHRASE, withTerms(header, terms));
    for (const terms of [
      [memoryKib - 1, passes, lanes],
      [memoryKib, passes - 1, lanes],
      [memoryKib, passes, 0],
    ] as const)
      await expect(asked(terms)).rejects.toMatchObject({ code: 'weak-parameters' });
    for (const terms of [
      [256 * 1024 + 1, passes, lanes],
      [0xffff_ffff, passes, lanes],
      [memoryKib, 11, lanes],
      [memoryKib, passes, 5],
    ] as const)
      await expect(asked(terms)).rejects.toMatchObject({ code: 'too-large' });
    await expect(open(withTerms(header, [256 * 1024, 10, 4]))).rejects.toMatchObject({ code: 'bad-tag' });
    // In bounds and not its own: the terms are part of the key.
    await expect(open(withTerms(header, [memoryKib, passes, lanes]))).rejects.toMatchObject({ code: 'bad-tag' });
  });
});

describe('the blocks', () => {
  test('give back what was sealed, zeros after it, and show nothing but their number', async () => {
    const { stream, blocks } = await threeBlocks();
    expect(blocks.map(({ length }) => length)).toEqual([BACKUP_BLOCK_BYTES, BACKUP_BLOCK_BYTES, BACKUP_BLOCK_BYTES]);
    const read = await readAll(stream.header, blocks);
    expect(read.slice(0, BACKUP_CONTENT_BYTES)).toEqual(content(1));
    expect(read.slice(2 * BACKUP_CONTENT_BYTES)).toEqual(concat(utf8('the end'), new Uint8Array(BACKUP_CONTENT_BYTES - 7)));
  });

  test('cut off, longer, reordered, repeated, left out, of another file or changed: each is refused by its name', async () => {
    const { stream, blocks } = await threeBlocks();
    const [one, two, three] = blocks as [Bytes, Bytes, Bytes];
    const other = (await threeBlocks()).blocks[1] as Bytes;
    const flipped = two.slice();
    flipped[70] = (flipped[70] ?? 0) ^ 128;
    const read = (...given: Bytes[]) => readAll(stream.header, given);
    await expect(read(one, two)).rejects.toMatchObject({ code: 'truncated' });
    await expect(read(one, two, three.slice(0, -1))).rejects.toMatchObject({ code: 'truncated' });
    await expect(read()).rejects.toMatchObject({ code: 'truncated' });
    await expect(read(one, two, three, three)).rejects.toMatchObject({ code: 'trailing' });
    await expect(read(one, two, three, new Uint8Array(9))).rejects.toMatchObject({ code: 'truncated' });
    for (const given of [[two, one, three], [one, one, three], [one, three], [one, other, three], [one, flipped, three], [three]])
      await expect(read(...given)).rejects.toMatchObject({ code: 'bad-tag' });
  });
});

test('a block of another size is neither made nor opened: only the last may hold less, and never more', async () => {
  const { stream, blocks } = await threeBlocks();
  const last = { index: 2, isLast: true };
  const less = content(1).slice(1);
  const more = concat(content(1), new Uint8Array(1));
  await expect(sealBackupBlock(engine, stream, { index: 0, isLast: false }, less)).rejects.toMatchObject({ code: 'bad-value' });
  for (const place of [last, { index: 0, isLast: false }])
    await expect(sealBackupBlock(engine, stream, place, more)).rejects.toMatchObject({ code: 'bad-value' });
  await expect(sealBackupBlock(engine, stream, last, less)).resolves.toHaveLength(BACKUP_BLOCK_BYTES);
  for (const sealed of [blocks[2]?.slice(1), concat(blocks[2] as Bytes, new Uint8Array(1))])
    await expect(openBackupBlock(engine, stream, last, sealed as Bytes)).rejects.toMatchObject({ code: 'bad-value' });
});

/** The code of a refusal, or what was made. */
function refusal(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const roundTrip = (item: BackupItem) => refusal(() => decodeBackupItem(encodeBackupItem(item)));

describe('the items', () => {
  test('of every kind come back as they were', () => {
    for (const item of ITEMS) expect(decodeBackupItem(encodeBackupItem(item))).toEqual(item);
  });

  test('come out of blocks cut anywhere, each once and in order', () => {
    const whole = concat(...ITEMS.map(frameBackupItem));
    for (const size of [1, 7, 100, 1000, whole.length]) {
      const items: BackupItem[] = [];
      let carry: Bytes = new Uint8Array(0);
      for (let at = 0; at < whole.length; at += size) {
        const part = takeBackupItems(carry, whole.slice(at, at + size), at + size >= whole.length);
        items.push(...part.items);
        carry = part.carry;
      }
      expect(items).toEqual(ITEMS);
    }
  });

  test('that end too early, or have anything but zeros after them, are refused', () => {
    const whole = concat(...ITEMS.map(frameBackupItem));
    const take =
      (bytes: Uint8Array, isLast = true) =>
      () =>
        takeBackupItems(new Uint8Array(0), bytes, isLast);
    expect(takeBackupItems(new Uint8Array(0), concat(whole, new Uint8Array(99)), true).items).toHaveLength(ITEMS.length);
    expect(take(whole.slice(0, -1))).toThrow(expect.objectContaining({ code: 'truncated' }));
    expect(take(concat(whole, new Uint8Array(9), utf8('x')))).toThrow(expect.objectContaining({ code: 'bad-padding' }));
    expect(take(concat(whole, new Uint8Array(9)), false)).toThrow(expect.objectContaining({ code: 'bad-padding' }));
    expect(take(new Uint8Array([0, 8, 0, 1]), false)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  test('with a field that can’t be are refused by it, when they are read and mostly when they are written', () => {
    const [profile] = SAMPLES.profiles as [BackupProfile];
    const [, contact] = SAMPLES.contacts as [BackupContact, BackupContact];
    const [theirs] = SAMPLES.messages as [BackupMessage];
    const held = SAMPLES.messages.find(({ delivery }) => delivery?.stage === 'held') as BackupMessage;
    const quiet = (from: number) => ({ ...profile.settings, notify: { ...profile.settings.notify, quiet: { from, to: 0 } } });
    const wrong: readonly BackupItem[] = [
      { ...theirs, isUnconfirmed: true },
      { ...theirs, delivery: held.delivery },
      { ...held, delivery: null },
      ...[-1, Number.NaN, -0, Number.POSITIVE_INFINITY].map((sequence) => ({ ...theirs, sequence })),
      ...[0, MAX_EXPIRY_SECONDS + 1].map((seconds) => ({ ...theirs, expiry: { seconds, base: 'read' } as const })),
      { ...theirs, id: 'ab' },
      { ...theirs, replyTo: 'ab' },
      { ...contact, readUpTo: contact.nextSequence },
      { ...contact, choices: { ...contact.choices, mutedUntilMs: 2 ** 53 } },
      { ...contact, order: { mine: 0.5, theirs: 0 } },
      { ...contact, told: { ...contact.told, version: 256 } },
      { ...profile, settings: quiet(DAY_MINUTES) },
    ];
    for (const item of wrong) expect(roundTrip(item), JSON.stringify(item)).toBe('bad-value');
    expect(refusal(() => encodeBackupItem({ ...profile, settings: quiet(DAY_MINUTES) }))).toBe('bad-value');
    const large: readonly BackupItem[] = [
      { ...profile, identity: new Uint8Array(513) },
      { ...contact, draft: 'x'.repeat(300_001) },
      { ...theirs, text: 'x'.repeat(MAX_PARTS * MAX_TEXT_BYTES + 1) },
      { ...theirs, reactions: { mine: null, theirs: { emoji: 'x'.repeat(MAX_EMOJI_BYTES + 1), order: 1 } } },
    ];
    for (const item of large) expect(roundTrip(item)).toBe('too-large');
    expect(roundTrip({ ...profile, identity: new Uint8Array(512) })).toMatchObject({ name: 'Ana' });
    expect(refusal(() => decodeBackupItem(concat(encodeBackupItem(theirs), new Uint8Array(1))))).toBe('trailing');
  });

  test('have no choice beyond those that are known', () => {
    const codes = (item: BackupItem, at: number) => {
      const bytes = encodeBackupItem(item);
      const at0 = bytes[at];
      const taken: number[] = [];
      for (let code = 0; code < 256; code++) {
        bytes[at] = code;
        if (typeof refusal(() => decodeBackupItem(bytes)) !== 'string') taken.push(code);
      }
      expect(taken).toContain(at0);
      return taken;
    };
    const told = SAMPLES.messages.filter(({ delivery }) => delivery !== null);
    const stageAt = 1 + 16 + 8 + 8 + 1 + 1;
    // One that has come, whose times are all missing: the stage alone is changed.
    expect(codes(told[0] as BackupMessage, stageAt)).toEqual([0, 1, 2, 3]);
    const failed = told.find(({ delivery }) => delivery?.outcome?.kind === 'failed') as BackupMessage;
    expect(codes(failed, stageAt + 1 + 4 + 1)).toEqual([0, 1, 2, 3]);
    const [profile] = SAMPLES.profiles as [BackupProfile];
    const size = encodeBackupItem(profile).length;
    // From the end: routing ‖ expiry? ‖ three flags ‖ shows ‖ sound ‖ quiet?
    expect(codes(profile, size - 8)).toEqual([0, 1, 2]);
    expect(codes(profile, size - 3)).toEqual([0, 1, 2]);
    for (const flag of [6, 5, 4, 2]) expect(codes(profile, size - flag)).toEqual([0, 1]);
  });

  test('of what was said and not confirmed are written as PROTOCOL.md has them', () => {
    const [edit, , deletion] = SAMPLES.said.map((item) => toHex(encodeBackupItem(item)));
    expect(edit).toBe(`12${'01'.repeat(16)}01001fffffffffffff00${'02'.repeat(16)}3ff8000000000000`);
    expect(deletion).toBe(`12${'04'.repeat(16)}01000000000000000602${'0002'}${'02'.repeat(16)}${'05'.repeat(16)}`);
    for (const what of [3, 255]) {
      const bytes = fromHex(`12${'01'.repeat(16)}01001fffffffffffff`);
      expect(() => decodeBackupItem(new Uint8Array([...bytes, what]))).toThrow(expect.objectContaining({ code: 'bad-value' }));
    }
  });

  test('of a kind from later, such as a file, are named so', () => {
    for (const kind of [0, 8, 15, 19, 255])
      expect(() => decodeBackupItem(new Uint8Array([kind]))).toThrow(expect.objectContaining({ code: 'bad-kind' }));
  });
});
