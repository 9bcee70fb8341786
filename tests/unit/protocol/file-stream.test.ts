import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, concat, equalBytes } from '../../../lib/protocol/bytes';
import type { Engine } from '../../../lib/protocol/engine';
import { ProtocolError } from '../../../lib/protocol/errors';
import { checkSealedSize, chunkPlace, type FileSizes, fileSizes, MAX_FILE_BYTES, paddedSize } from '../../../lib/protocol/file-sizes';
import {
  createFileSecret,
  FILE_HEADER_BYTES,
  type FileSecret,
  type FileStream,
  openChunk,
  openFileHeader,
  sealChunk,
  startFileStream,
} from '../../../lib/protocol/file-stream';
import { runs } from '../../support/mutants';
import { engine, flipped, watchedEngine } from './parties';

const CHUNK_BYTES = 4096;
const ROOM_BYTES = CHUNK_BYTES - 16;

interface SealedFile {
  readonly secret: FileSecret;
  readonly stream: FileStream;
  readonly content: Bytes;
  readonly chunks: readonly Bytes[];
}

const newSecret = (): FileSecret => createFileSecret(engine);
const indexes = ({ chunkCount }: FileSizes) => Array.from({ length: chunkCount }, (_, index) => index);

function part(content: Bytes, stream: FileStream, index: number): Bytes {
  const { contentOffset, contentBytes } = chunkPlace(stream, index);
  return content.subarray(contentOffset, contentOffset + contentBytes) as Bytes;
}

async function sealFile(content: Bytes, { secret = newSecret(), chunkBytes = CHUNK_BYTES, using = engine } = {}): Promise<SealedFile> {
  const stream = await startFileStream(using, secret, { sizeBytes: content.length, chunkBytes });
  const chunks: Bytes[] = [];
  for (const index of indexes(stream)) chunks.push(await sealChunk(using, stream, index, part(content, stream, index)));
  return { secret, stream, content, chunks };
}

/** A receiver with nothing but the secret, the header and the chunks it was handed; it stops at the first refusal. */
async function openFile(secret: FileSecret, header: Bytes, chunks: readonly Bytes[]): Promise<Bytes> {
  const stream = await openFileHeader(engine, secret, header);
  checkSealedSize(
    stream,
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  );
  const opened: Bytes[] = [];
  for (const index of indexes(stream)) opened.push(await openChunk(engine, stream, index, chunks[index] ?? new Uint8Array(0)));
  return concat(...opened);
}

/** The code of a refusal; null when something came out. */
async function refusal(opening: Promise<unknown>): Promise<string | null> {
  try {
    await opening;
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return error.code;
    throw error;
  }
}

const bytesOf = (sizeBytes: number): Bytes => Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 7 + (i >> 8)) % 256);

const contents = fc
  .tuple(fc.oneof(fc.nat(20_000), fc.constantFrom(0, 1, ROOM_BYTES - 1, ROOM_BYTES, ROOM_BYTES + 1, 4096, 2 * ROOM_BYTES)), fc.nat(255))
  .map(([size, first]) => bytesOf(size).map((byte) => byte ^ first) as Bytes);
const chunkSizes = fc.constantFrom(4096, 8192, 16_384);

describe('a sealed file', () => {
  it('opens to its bytes, whatever its size and that of its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(contents, chunkSizes, async (content, chunkBytes) => {
        const { secret, stream, chunks } = await sealFile(content, { chunkBytes });
        expect(equalBytes(await openFile(secret, stream.header, chunks), content)).toBe(true);
        expect(stream.header.length).toBe(FILE_HEADER_BYTES);
        expect(chunks.every((chunk, index) => chunk.length === chunkPlace(stream, index).sealedBytes)).toBe(true);
        expect(chunks.slice(0, -1).every((chunk) => chunk.length === chunkBytes)).toBe(true);
      }),
      { numRuns: runs(40) },
    );
  });

  it('opens in any order, each chunk without the others, to what it gives in order', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.nat(), async (content, seed) => {
        const { secret, stream: sent, chunks } = await sealFile(content);
        const stream = await openFileHeader(engine, secret, sent.header);
        const whole = new Uint8Array(stream.sizeBytes);
        const order = indexes(stream).sort((a, b) => ((a * 31 + seed) % 7) - ((b * 31 + seed) % 7));
        for (const index of order) {
          whole.set(await openChunk(engine, stream, index, chunks[index] as Bytes), chunkPlace(stream, index).contentOffset);
        }
        expect(equalBytes(whole, content)).toBe(true);
      }),
      { numRuns: runs(25) },
    );
  });

  it('resumes after its last verified chunk, on both sides, with the header alone', async () => {
    const content = bytesOf(15_000);
    const { secret, stream, chunks } = await sealFile(content);
    const resumed = await openFileHeader(engine, secret, stream.header);
    expect(resumed).toEqual(stream);
    expect(await sealChunk(engine, resumed, 2, part(content, stream, 2))).toEqual(chunks[2]);
    expect(await openChunk(engine, resumed, 2, chunks[2] as Bytes)).toEqual(part(content, stream, 2).slice());
  });

  it('never meets a key and nonce twice, not even when the same key and id are used again', async () => {
    const secret = newSecret();
    const { engine: using, sealedWith } = watchedEngine(engine);
    const [before, after] = [bytesOf(13_000), bytesOf(13_000).map((byte) => byte ^ 1) as Bytes];
    for (const content of [before, after]) await sealFile(content, { secret, using });
    expect(sealedWith.length).toBe(10);
    expect(new Set(sealedWith).size).toBe(10);
  });

  it('draws 32 bytes and nothing more, so that a sealing can be repeated from a vector', async () => {
    const sizes: number[] = [];
    const counting: Engine = {
      ...engine,
      randomBytes(size) {
        sizes.push(size);
        return engine.randomBytes(size);
      },
    };
    await sealFile(bytesOf(9000), { using: counting });
    expect(sizes).toEqual([32]);
  });

  it('of 1 TiB seals and opens its last chunks without those before', async () => {
    const sizes = { sizeBytes: MAX_FILE_BYTES, chunkBytes: CHUNK_BYTES };
    const stream = await startFileStream(engine, newSecret(), sizes);
    for (const index of [2 ** 24, stream.chunkCount - 2, stream.chunkCount - 1]) {
      const content = bytesOf(chunkPlace(stream, index).contentBytes);
      const sealed = await sealChunk(engine, stream, index, content);
      expect(await openChunk(engine, stream, index, sealed)).toEqual(content);
      expect(await refusal(openChunk(engine, stream, index - 2 ** 16, sealed))).toMatch(/bad-tag|truncated/);
    }
  });

  it('larger than 1 TiB is too-large', async () => {
    const sizes = { sizeBytes: MAX_FILE_BYTES + 1, chunkBytes: CHUNK_BYTES };
    await expect(startFileStream(engine, newSecret(), sizes)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is not made with a key, an id, a size or a chunk of a wrong size', async () => {
    const { key, fileId } = newSecret();
    const sizes = { sizeBytes: 10, chunkBytes: CHUNK_BYTES };
    const start = (secret: FileSecret, change: Partial<typeof sizes> = {}) =>
      refusal(startFileStream(engine, secret, { ...sizes, ...change }));
    expect(await start({ key: key.slice(1), fileId })).toBe('bad-key');
    expect(await start({ key, fileId: concat(fileId, fileId) })).toBe('bad-value');
    for (const sizeBytes of [-1, 0.5, Number.NaN]) expect(await start({ key, fileId }, { sizeBytes })).toBe('bad-value');
    for (const chunkBytes of [0, 1, 2048, 4095, 4097, 6144, 2 ** 23, 2 ** 40, -4096, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await start({ key, fileId }, { chunkBytes }), String(chunkBytes)).toBe('bad-value');
    }
  });

  it('is not sealed when the file has changed its length meanwhile', async () => {
    const stream = await startFileStream(engine, newSecret(), { sizeBytes: 5000, chunkBytes: CHUNK_BYTES });
    for (const size of [ROOM_BYTES - 1, ROOM_BYTES + 1, 0]) {
      expect(await refusal(sealChunk(engine, stream, 0, new Uint8Array(size)))).toBe('bad-value');
    }
  });
});

describe('somebody without the key', () => {
  const content = bytesOf(15_000);
  const secret = newSecret();
  let file: SealedFile;
  /** Another file under the same key, the same file sealed again, and the same bytes under another key. */
  let others: SealedFile[];

  beforeAll(async () => {
    file = await sealFile(content, { secret });
    others = [
      await sealFile(content, { secret: { ...secret, fileId: newSecret().fileId } }),
      await sealFile(content, { secret }),
      await sealFile(content, { secret: { ...secret, key: newSecret().key } }),
    ];
    expect(file.chunks.length).toBe(4);
  });

  const open = (chunks: readonly Bytes[], header = file.stream.header) => refusal(openFile(secret, header, chunks));

  it('changes no bit of the header', async () => {
    for (let at = 0; at < FILE_HEADER_BYTES; at++) {
      const code = at === 0 ? 'bad-version' : at === 1 ? /^bad-(tag|value)$/ : 'bad-tag';
      for (const bit of [0, 1, 7]) expect(await open(file.chunks, flipped(file.stream.header, at, bit)), `byte ${at}`).toMatch(code);
    }
  });

  it('changes no bit of a chunk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(3), fc.nat(), fc.nat(7), async (index, place, bit) => {
        const chunk = file.chunks[index] as Bytes;
        const changed = flipped(chunk, place % chunk.length, bit);
        expect(await refusal(openChunk(engine, file.stream, index, changed))).toBe('bad-tag');
        expect(await open(file.chunks.with(index, changed))).toBe('bad-tag');
      }),
      { numRuns: runs(60) },
    );
  });

  it('puts no chunk into the place of another', async () => {
    for (const to of indexes(file.stream)) {
      for (const from of indexes(file.stream).filter((index) => index !== to)) {
        expect(await refusal(openChunk(engine, file.stream, to, file.chunks[from] as Bytes)), `${from} for ${to}`).toMatch(
          /^(bad-tag|truncated|trailing)$/,
        );
      }
    }
    expect(await refusal(openChunk(engine, file.stream, 1, file.chunks[0] as Bytes))).toBe('bad-tag');
  });

  it('swaps, drops, repeats, adds, cuts or reorders nothing', async () => {
    const [first, second, third, last] = file.chunks as readonly [Bytes, Bytes, Bytes, Bytes];
    const orders: readonly (readonly Bytes[])[] = [
      [second, first, third, last],
      [first, third, second, last],
      [first, second, last, third],
      [first, second, third],
      [second, third, last],
      [first, third, last],
      [first, first, third, last],
      [first, second, third, last, last],
      [first, second, third, third, last],
      [first, second, third, last.slice(0, -1)],
      [first, second, third, concat(last, new Uint8Array(1))],
      [first, second, third.slice(1), concat(last, new Uint8Array(1))],
      [],
    ];
    for (const chunks of orders) expect(await open(chunks)).toMatch(/^(bad-tag|truncated|trailing)$/);
    expect(await open([first, second, third, last])).toBeNull();
  });

  it('does not end a file early: a chunk that was not the last does not open as the last, nor the last as another', async () => {
    const pretending = (chunkCount: number): FileStream => ({
      ...file.stream,
      sizeBytes: chunkCount * ROOM_BYTES,
      chunkCount,
      sealedBytes: chunkCount * CHUNK_BYTES,
    });
    expect(await refusal(openChunk(engine, pretending(3), 2, file.chunks[2] as Bytes))).toBe('bad-tag');
    const last = await sealChunk(engine, pretending(4), 3, bytesOf(ROOM_BYTES));
    expect(await refusal(openChunk(engine, pretending(4), 3, last))).toBeNull();
    expect(await refusal(openChunk(engine, pretending(5), 3, last))).toBe('bad-tag');
  });

  it('is told of a wrong length before any key is used', async () => {
    const chunk = file.chunks[0] as Bytes;
    expect(await refusal(openChunk(engine, file.stream, 0, chunk.slice(1)))).toBe('truncated');
    expect(await refusal(openChunk(engine, file.stream, 0, concat(chunk, chunk)))).toBe('trailing');
    const { sealedBytes } = file.stream;
    expect(() => checkSealedSize(file.stream, sealedBytes - 1)).toThrow('truncated');
    expect(() => checkSealedSize(file.stream, sealedBytes + 1)).toThrow('trailing');
    expect(() => checkSealedSize(file.stream, sealedBytes)).not.toThrow();
  });

  it('makes no chunk before the first or after the last', async () => {
    for (const index of [-1, 4, 2 ** 32, 0.5, Number.NaN]) {
      expect(await refusal(openChunk(engine, file.stream, index, file.chunks[0] as Bytes))).toBe('bad-value');
    }
  });

  it('takes no chunk and no header from another file, another sealing or another key', async () => {
    for (const other of others) {
      for (const index of indexes(file.stream)) {
        expect(await open(file.chunks.with(index, other.chunks[index] as Bytes))).toBe('bad-tag');
      }
      const isSameSecret = other.secret === secret;
      expect(await open(file.chunks, other.stream.header)).toBe('bad-tag');
      expect(await open(other.chunks, other.stream.header)).toBe(isSameSecret ? null : 'bad-tag');
    }
  });

  it('gives it another size neither in the header nor around it', async () => {
    const graft = concat(file.stream.header.slice(0, 66), (others[1] as SealedFile).stream.header.slice(66));
    expect(await open(file.chunks, graft)).toBe('bad-tag');
    const changed: FileStream = { ...file.stream, header: flipped(file.stream.header, 89) };
    expect(await refusal(openChunk(engine, changed, 0, file.chunks[0] as Bytes))).toBe('bad-tag');
  });

  it('has nothing released for junk, and nothing thrown but codes', async () => {
    const junk = fc.uint8Array({ maxLength: 5000 }).map((bytes) => concat(bytes));
    const nearly = fc
      .tuple(fc.nat(FILE_HEADER_BYTES + 1), fc.uint8Array({ maxLength: 4 }))
      .map(([at, put]) => concat(file.stream.header.slice(0, at), put, file.stream.header.slice(at + put.length + (put.length % 2))));
    await fc.assert(
      fc.asyncProperty(fc.oneof(junk, nearly), async (bytes) => {
        if (!equalBytes(bytes, file.stream.header)) expect(await refusal(openFileHeader(engine, secret, bytes))).not.toBeNull();
        expect(await refusal(openChunk(engine, file.stream, 0, bytes))).not.toBeNull();
      }),
      { numRuns: runs(150) },
    );
  });
});

describe('a sender', () => {
  it('commits to key, file and chunk size: others are refused by the header, before AES is asked', async () => {
    const { secret, stream } = await sealFile(bytesOf(100));
    let asked = 0;
    const counting: Engine = {
      ...engine,
      openAes256Gcm(...sealed) {
        asked++;
        return engine.openAes256Gcm(...sealed);
      },
    };
    const others: readonly (readonly [FileSecret, Bytes])[] = [
      [{ ...secret, key: flipped(secret.key, 31) }, stream.header],
      [{ ...secret, fileId: flipped(secret.fileId, 0) }, stream.header],
      [secret, flipped(stream.header, 1)],
      [secret, flipped(stream.header, 2)],
    ];
    for (const [other, header] of others) {
      const refused = { code: 'bad-tag', details: { reason: 'commitment' } };
      await expect(openFileHeader(counting, other, header)).rejects.toMatchObject(refused);
    }
    expect(asked).toBe(0);
    await openFileHeader(counting, secret, stream.header);
    expect(asked).toBe(1);
  });

  it('can not hide bytes in the padding', async () => {
    const { stream } = await sealFile(bytesOf(100));
    const roomy: FileStream = { ...stream, sizeBytes: 4000 };
    const hidden = await sealChunk(engine, roomy, 0, bytesOf(4000));
    expect(await refusal(openChunk(engine, stream, 0, hidden))).toBe('bad-padding');
    expect(await openChunk(engine, roomy, 0, hidden)).toEqual(bytesOf(4000));
  });

  it('can not promise a file beyond the limit', async () => {
    const secret = newSecret();
    const boasting = {
      ...engine,
      sealAes256Gcm: (key: Bytes, nonce: Bytes, _size: Uint8Array, aad: Uint8Array) =>
        engine.sealAes256Gcm(key, nonce, concat(new Uint8Array([0, 0, 1, 0, 0, 0, 0, 1])), aad),
    };
    const { header } = await startFileStream(boasting, secret, { sizeBytes: 1, chunkBytes: CHUNK_BYTES });
    expect(await refusal(openFileHeader(engine, secret, header))).toBe('too-large');
  });
});

describe('the sizes of a file', () => {
  it.each([
    [0, 4096],
    [1, 4096],
    [4096, 4096],
    [4097, 4352],
    [6000, 6144],
    [65_536, 65_536],
    [65_537, 67_584],
    [25_000_000, 25_165_824],
    [2 ** 30 + 1, 2 ** 30 + 2 ** 25],
    [2 ** 40 - 1, 2 ** 40],
    [2 ** 40, 2 ** 40],
  ])('of %i bytes are padded to %i', (size, padded) => {
    expect(paddedSize(size)).toBe(padded);
  });

  it('are padded as the paper says, written with its masks', () => {
    const padme = (length: bigint): bigint => {
      const e = BigInt(length.toString(2).length - 1);
      const s = BigInt(e.toString(2).length);
      const mask = (1n << (e - s)) - 1n;
      return (length + mask) & ~mask;
    };
    const size = fc.oneof(fc.integer({ min: 4096, max: MAX_FILE_BYTES }), fc.integer({ min: 4096, max: 2 ** 26 }));
    fc.assert(
      fc.property(size, (sizeBytes) => {
        expect(BigInt(paddedSize(sizeBytes))).toBe(padme(BigInt(sizeBytes)));
        expect(paddedSize(sizeBytes) / sizeBytes).toBeLessThanOrEqual(1.0625);
        expect(paddedSize(paddedSize(sizeBytes))).toBe(paddedSize(sizeBytes));
      }),
      { numRuns: runs(500) },
    );
  });

  it('show no more than the padded size: all files of one padded size look alike', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 26), fc.constantFrom(4096, 65_536, 2 ** 22), (sizeBytes, chunkBytes) => {
        const { chunkCount, sealedBytes } = fileSizes(sizeBytes, chunkBytes);
        expect(fileSizes(paddedSize(sizeBytes), chunkBytes)).toMatchObject({ chunkCount, sealedBytes });
      }),
      { numRuns: runs(200) },
    );
  });

  it('lay its chunks end to end, on both sides of the sealing', () => {
    fc.assert(
      fc.property(fc.nat(200_000), chunkSizes, (sizeBytes, chunkBytes) => {
        const sizes = fileSizes(sizeBytes, chunkBytes);
        let [content, sealed] = [0, 0];
        for (const index of indexes(sizes)) {
          const place = chunkPlace(sizes, index);
          expect([place.contentOffset, place.sealedOffset]).toEqual([content, sealed]);
          expect(place.sealedBytes).toBeGreaterThan(16);
          expect(place.sealedBytes).toBeLessThanOrEqual(chunkBytes);
          content += place.contentBytes;
          sealed += place.sealedBytes;
          expect(place.isLast).toBe(index === sizes.chunkCount - 1);
        }
        expect([content, sealed]).toEqual([sizeBytes, sizes.sealedBytes]);
      }),
      { numRuns: runs(100) },
    );
  });

  it('are laid out for no other size, chunk or place than there can be', () => {
    const sizes = fileSizes(10, 4096);
    for (const sizeBytes of [-1, 0.5, Number.NaN]) expect(() => fileSizes(sizeBytes, 4096), `${sizeBytes}`).toThrow('bad-value');
    for (const chunkBytes of [0, 2048, 5000, 2 ** 23]) expect(() => fileSizes(10, chunkBytes), `${chunkBytes}`).toThrow('bad-value');
    for (const index of [-1, 0.5, sizes.chunkCount]) expect(() => chunkPlace(sizes, index), `${index}`).toThrow('bad-value');
  });

  it('have whole chunks in a segment of 4 MiB', () => {
    for (let exponent = 12; exponent <= 22; exponent++) {
      const { chunkBytes } = fileSizes(10 ** 9, 2 ** exponent);
      expect((4 * 1024 * 1024) % chunkBytes).toBe(0);
    }
  });
});
