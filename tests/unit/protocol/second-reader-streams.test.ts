/**
 * The second reader's part for files, numbers and membership logs: written from PROTOCOL.md on Node's cryptography (which has no Argon2:
 * that is hash-wasm's), without a line of lib/protocol.
 */
import { createDecipheriv, createHash, createPublicKey, hkdfSync, verify as verifySignature } from 'node:crypto';
import { argon2id } from 'hash-wasm';
import { describe, expect, it } from 'vitest';
import vectors from '../../vectors/streams.json';

const fromHex = (text: string) => Buffer.from(text, 'hex');
const label = (name: string) => Buffer.from(`tincan/1/${name}\0`);
const H = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function AES(key: Buffer, nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad, { plaintextLength: sealed.length - 16 });
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

/** The leading bits that are kept stand in the length of the binary logarithm. */
function padme(size: number): number {
  const length = BigInt(Math.max(size, 4096));
  const exponent = length.toString(2).length - 1;
  const zeros = BigInt(exponent - exponent.toString(2).length);
  return Number(((length + (1n << zeros) - 1n) >> zeros) << zeros);
}

describe('a second reader of the stream vectors', () => {
  it.each(vectors.files)('opens the file of $sizeBytes bytes, last chunk first', ({ key: secret, fileId, salt, ...file }) => {
    const header = fromHex(file.header);
    expect([header.length, header[0], 2 ** (header[1] as number)]).toEqual([90, 1, file.chunkBytes]);
    expect(header.subarray(2, 34)).toEqual(fromHex(salt));
    const info = Buffer.concat([label('file'), header.subarray(0, 2), fromHex(fileId)]);
    const okm = Buffer.from(hkdfSync('sha256', fromHex(secret), header.subarray(2, 34), info, 71));
    const [key, prefix, commitment] = [okm.subarray(0, 32), okm.subarray(32, 39), okm.subarray(39)];
    expect(header.subarray(34, 66)).toEqual(commitment);
    const nonce = (counter: number, kind: number) => Buffer.concat([prefix, u32(counter), Buffer.from([kind])]);
    const size = Number(AES(key, nonce(0, 2), header.subarray(0, 66), header.subarray(66)).readBigUInt64BE());
    expect(size).toBe(file.sizeBytes);

    const chunks = file.chunks.map(fromHex);
    const opened = chunks
      .map((chunk, index) => ({ chunk, index }))
      .reverse()
      .map(({ chunk, index }) => AES(key, nonce(index, index === chunks.length - 1 ? 1 : 0), header, chunk))
      .reverse();
    const padded = Buffer.concat(opened);
    expect(opened.slice(0, -1).every(({ length }) => length === file.chunkBytes - 16)).toBe(true);
    expect([padded.length, padded.length]).toEqual([file.paddedBytes, padme(size)]);
    expect(padded.every((byte, i) => byte === (i < size ? i % 251 : 0))).toBe(true);
  });

  it.each(vectors.numbers)(
    'computes the number $shown',
    async ({ sigPublic, dhPublic, counter, argon2id: asked, number, shown }) => {
      const password = H(label('number'), fromHex(sigPublic), fromHex(dhPublic), u32(counter));
      expect([asked.password, asked.salt]).toEqual([password.toString('hex'), label('number salt').toString('hex')]);
      const tag = await argon2id({
        ...{ password, salt: label('number salt'), iterations: 3, parallelism: 1, memorySize: 65_536 },
        ...{ hashLength: 32, outputType: 'hex' },
      });
      expect(asked.output).toBe(tag);
      expect(String(BigInt(`0x${tag}`) % 1_000_000_000_000_000n).padStart(15, '0')).toBe(number);
      expect(shown).toBe((number.match(/.{3}/g) ?? []).join('-'));
    },
    30_000,
  );

  it('reads the membership log', () => {
    const { entries, groupId, identities, ...end } = vectors.membershipLog;
    const statements = identities.map((identity) => fromHex(identity).subarray(65));
    const [ana, ben] = statements.map((statement) => statement.subarray(1, 33)) as [Buffer, Buffer];
    const name = (text: string) => Buffer.concat([u32(Buffer.byteLength(text)).subarray(2), Buffer.from(text)]);
    const first = fromHex(entries[0] as string);
    const nonce = first.subarray(102, 134);
    expect(H(label('group'), ana, nonce).toString('hex')).toBe(groupId);

    const bodies: readonly (readonly [Buffer, number, ...Buffer[]])[] = [
      [ana, 1, nonce, statements[0] as Buffer, name('Walkers')],
      [ana, 2, statements[1] as Buffer, Buffer.from([0])],
      [ana, 4, ben, Buffer.from([1])],
      [ben, 5, name(end.name)],
      [ana, 3, ana],
    ];
    let previous: Buffer = Buffer.alloc(32);
    for (const [sequence, [author, kind, ...body]] of bodies.entries()) {
      const entry = fromHex(entries[sequence] as string);
      const unsigned = Buffer.concat([Buffer.from([1]), fromHex(groupId), u32(sequence), previous, author, Buffer.from([kind]), ...body]);
      expect(entry.subarray(0, -64)).toEqual(unsigned);
      const key = createPublicKey({ key: Buffer.concat([fromHex('302a300506032b6570032100'), author]), format: 'der', type: 'spki' });
      expect(verifySignature(null, Buffer.concat([label('membership entry'), unsigned]), key, entry.subarray(-64))).toBe(true);
      previous = H(label('membership hash'), entry);
    }
    expect(end.head).toBe(previous.toString('hex'));
    expect(end.roles).toEqual({ [ben.toString('hex')]: 'admin' });
  });
});
