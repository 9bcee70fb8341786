/** Where the bytes of a file lie in its sealed form: chunks, offsets, padding. Knows sizes, no keys. */
import { TAG_BYTES } from './aead';
import { ProtocolError } from './errors';

/** 1 TiB: with the smallest chunks 2^28 of them, far below the 2^32 a counter of four bytes can tell apart. */
export const MAX_FILE_BYTES = 2 ** 40;
/** Files up to this size, the empty one too, look alike. */
const LEAST_PADDED_BYTES = 4096;
const LEAST_CHUNK_EXPONENT = 12;
const MOST_CHUNK_EXPONENT = 22;

export interface FileSizes {
  /** Of the file itself. */
  readonly sizeBytes: number;
  /** Of a sealed chunk, tag included: 2^12 to 2^22, so that chunks tile a segment of 4 MiB. Only the last one may be shorter. */
  readonly chunkBytes: number;
  readonly paddedBytes: number;
  /** At least 1. */
  readonly chunkCount: number;
  /** Of all sealed chunks; the header is not counted. */
  readonly sealedBytes: number;
}

/** The largest n with 2^n ≤ value, exact where a logarithm would round. */
function floorLog2(value: number): number {
  let exponent = 0;
  while (2 ** (exponent + 1) <= value) exponent++;
  return exponent;
}

/**
 * Padmé (Nikitin and others, "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, algorithm 1):
 * five leading bits of a size show, six from 64 KiB on, seven from 4 GiB on. That adds at most 6.25 %, then half and a quarter of it.
 */
export function paddedSize(sizeBytes: number): number {
  const size = Math.max(sizeBytes, LEAST_PADDED_BYTES);
  const exponent = floorLog2(size);
  const step = 2 ** (exponent - floorLog2(exponent) - 1);
  return Math.ceil(size / step) * step;
}

/** @throws {ProtocolError} bad-value unless `chunkBytes` is a power of two from 2^12 to 2^22. */
export function chunkExponent(chunkBytes: number): number {
  const exponent = floorLog2(Math.min(chunkBytes, 2 ** 32));
  if (2 ** exponent !== chunkBytes || exponent < LEAST_CHUNK_EXPONENT || exponent > MOST_CHUNK_EXPONENT)
    throw new ProtocolError('bad-value', { chunkBytes });
  return exponent;
}

/** @throws {ProtocolError} bad-value for a size or a chunk size that can't be, too-large above MAX_FILE_BYTES */
export function fileSizes(sizeBytes: number, chunkBytes: number): FileSizes {
  chunkExponent(chunkBytes);
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new ProtocolError('bad-value', { size: sizeBytes });
  if (sizeBytes > MAX_FILE_BYTES) throw new ProtocolError('too-large', { size: sizeBytes, maxBytes: MAX_FILE_BYTES });
  const paddedBytes = paddedSize(sizeBytes);
  const chunkCount = Math.ceil(paddedBytes / (chunkBytes - TAG_BYTES));
  return { sizeBytes, chunkBytes, paddedBytes, chunkCount, sealedBytes: paddedBytes + chunkCount * TAG_BYTES };
}

/** One chunk: which bytes of the file it holds, and where it lies among the sealed ones. */
export interface ChunkPlace {
  readonly contentOffset: number;
  /** Fewer than fit where the padding begins, 0 after it. */
  readonly contentBytes: number;
  readonly sealedOffset: number;
  readonly sealedBytes: number;
  readonly isLast: boolean;
}

/** @throws {ProtocolError} bad-value when the file has no chunk `index` */
export function chunkPlace({ sizeBytes, chunkBytes, chunkCount, sealedBytes }: FileSizes, index: number): ChunkPlace {
  if (!Number.isSafeInteger(index) || index < 0 || index >= chunkCount) throw new ProtocolError('bad-value', { index, chunkCount });
  const roomBytes = chunkBytes - TAG_BYTES;
  const contentOffset = Math.min(index * roomBytes, sizeBytes);
  const sealedOffset = index * chunkBytes;
  return {
    contentOffset,
    contentBytes: Math.min(roomBytes, sizeBytes - contentOffset),
    sealedOffset,
    sealedBytes: Math.min(chunkBytes, sealedBytes - sealedOffset),
    isLast: index === chunkCount - 1,
  };
}

/** For a sealed file that lies somewhere as a whole. @throws {ProtocolError} truncated, trailing */
export function checkSealedSize({ sealedBytes }: Pick<FileSizes, 'sealedBytes'>, foundBytes: number): void {
  if (foundBytes < sealedBytes) throw new ProtocolError('truncated', { wanted: sealedBytes, left: foundBytes });
  if (foundBytes > sealedBytes) throw new ProtocolError('trailing', { left: foundBytes - sealedBytes });
}
