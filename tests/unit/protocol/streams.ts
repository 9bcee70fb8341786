/** Sealed files, numbers, a membership log and a backup with all that went into them: for second implementations, and so that no byte changes unnoticed. */
import type { Argon2Input } from '../../../lib/protocol/argon2';
import { encodeBackupItem, frameBackupItem } from '../../../lib/protocol/backup-items';
import { sealBackupBlock, startBackup } from '../../../lib/protocol/backup-stream';
import { type Bytes, concat, toHex } from '../../../lib/protocol/bytes';
import { chunkPlace } from '../../../lib/protocol/file-sizes';
import { createFileSecret, sealChunk, startFileStream } from '../../../lib/protocol/file-stream';
import { createIdentity, encodeIdentity, type Identity } from '../../../lib/protocol/identity';
import { hash } from '../../../lib/protocol/kdf';
import { createGroup, headOf, type SignedChange, signChange } from '../../../lib/protocol/membership-log';
import { formatNumber, numberOf } from '../../../lib/protocol/number';
import { inWasm } from './argon2-engines';
import { backupItems } from './backup-samples';
import { seededEngine } from './parties';

const engine = seededEngine('streams');

function contentOf(sizeBytes: number): Bytes {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => i % 251);
}

async function file(sizeBytes: number, chunkBytes: number) {
  const secret = createFileSecret(engine);
  const salt = engine.randomBytes(32);
  const stream = await startFileStream({ ...engine, randomBytes: () => salt }, secret, { sizeBytes, chunkBytes });
  const content = contentOf(sizeBytes);
  const chunks: string[] = [];
  for (let index = 0; index < stream.chunkCount; index++) {
    const { contentOffset, contentBytes } = chunkPlace(stream, index);
    chunks.push(toHex(await sealChunk(engine, stream, index, content.subarray(contentOffset, contentOffset + contentBytes))));
  }
  const { paddedBytes, header } = stream;
  return {
    ...{ key: toHex(secret.key), fileId: toHex(secret.fileId), salt: toHex(salt), sizeBytes, chunkBytes, paddedBytes },
    ...{ header: toHex(header), chunks },
  };
}

async function number({ statement, sigPublic, dhPublic }: Identity, counter: number) {
  let asked: object = {};
  const watched = async (input: Argon2Input) => {
    const output = await inWasm(input);
    asked = { ...input, password: toHex(input.password), salt: toHex(input.salt), output: toHex(output) };
    return output;
  };
  const digits = await numberOf(watched, { statement, counter });
  return { sigPublic: toHex(sigPublic), dhPublic: toHex(dhPublic), counter, argon2id: asked, number: digits, shown: formatNumber(digits) };
}

function membershipLog(ana: Identity, ben: Identity) {
  const lines = [
    [ana, { kind: 'add', statement: ben.statement, role: 'member' }],
    [ana, { kind: 'role', member: ben.sigPublic, role: 'admin' }],
    [ben, { kind: 'rename', name: 'Wanderer ✓' }],
    [ana, { kind: 'remove', member: ana.sigPublic }],
  ] as const;
  let step: SignedChange = createGroup(engine, ana, 'Walkers');
  const entries = [toHex(step.entry)];
  for (const [author, change] of lines) {
    step = signChange(step.group, author, change);
    entries.push(toHex(step.entry));
  }
  const { groupId, name, members, hashes } = step.group;
  const roles = Object.fromEntries([...members].map(([key, { role }]) => [key, role]));
  return {
    ...{ identities: [ana, ben].map((identity) => toHex(encodeIdentity(identity))), groupId: toHex(groupId), entries },
    ...{ name, roles, head: toHex(headOf(hashes)) },
  };
}

/** One block: what goes on from one into the next is backup.test.ts's. */
async function backup() {
  const passphrase = 'sept théières bleues';
  let asked: object = {};
  const watched = async (input: Argon2Input) => {
    const output = await inWasm(input);
    asked = { ...input, password: toHex(input.password), salt: toHex(input.salt), output: toHex(output) };
    return output;
  };
  const stream = await startBackup(engine, watched, passphrase);
  const items = backupItems(engine).filter((item) => item.kind !== 'said' && (item.kind !== 'message' || item.text.length < 100));
  const content = concat(...items.map(frameBackupItem));
  const block = await sealBackupBlock(engine, stream, { index: 0, isLast: true }, content);
  return {
    ...{ passphrase, argon2id: asked, header: toHex(stream.header) },
    ...{ items: items.map((item) => toHex(encodeBackupItem(item))), blockHash: toHex(hash(block)) },
  };
}

export async function streams() {
  const [ana, ben] = [createIdentity(engine), createIdentity(engine)];
  return {
    content: 'byte i of every file is i modulo 251',
    files: [await file(0, 4096), await file(6000, 4096), await file(9000, 8192)],
    numbers: [await number(ana, 0), await number(ben, 1)],
    membershipLog: membershipLog(ana, ben),
    backup: await backup(),
  };
}
