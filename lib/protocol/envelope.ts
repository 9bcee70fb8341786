/**
 * The outer shape of what travels between two contacts, byte for byte the relay's cell. Knows places and sizes, no keys.
 *
 *   version(1) ‖ kind(1) ‖ [opening(1825), kind 2 only] ‖ header nonce(12) ‖ sealed header(103) ‖ ciphertext ‖ commitment(16)
 */
import { CHACHA_NONCE_BYTES, TAG_BYTES } from './aead';
import { type Bytes, concat, Reader } from './bytes';
import { ProtocolError } from './errors';
import { HEADER_BYTES } from './header';
import { PADDING_OVERHEAD_BYTES, smallestSize } from './padding';
import { OPENING_BYTES } from './pqxdh';

const ENVELOPE_VERSION = 4;
const RATCHET_KIND = 1;
const OPENING_KIND = 2;

const PREFIX_BYTES = 2;
const SEALED_HEADER_BYTES = HEADER_BYTES + TAG_BYTES;
export const COMMITMENT_BYTES = 16;

/** 'string': a data channel's buckets. 'cell': what a relay stores. */
export type EnvelopeSize = 'string' | 'cell';

const SIZES: Record<EnvelopeSize, readonly number[]> = {
  string: [512, 1024, 2048, 4096, 16_384],
  cell: [4096, 16_384],
};

export interface Envelope {
  /** Only while the initiator has no answer. */
  readonly opening: Bytes | null;
  readonly headerNonce: Bytes;
  readonly sealedHeader: Bytes;
  /** Padded plaintext under AES-256-GCM, tag included. */
  readonly ciphertext: Bytes;
  readonly commitment: Bytes;
}

function overheadBytes(hasOpening: boolean): number {
  const openingBytes = hasOpening ? OPENING_BYTES : 0;
  return PREFIX_BYTES + openingBytes + CHACHA_NONCE_BYTES + SEALED_HEADER_BYTES + TAG_BYTES + COMMITMENT_BYTES;
}

/** The longest plaintext that fits. */
export function plaintextRoomBytes(size: EnvelopeSize, hasOpening: boolean): number {
  return (SIZES[size].at(-1) as number) - overheadBytes(hasOpening) - PADDING_OVERHEAD_BYTES;
}

/** How many bytes to pad a plaintext to, so that the whole envelope has one of the allowed sizes. @throws {ProtocolError} too-large */
export function paddedBytes(plaintextBytes: number, size: EnvelopeSize, hasOpening: boolean): number {
  const overhead = overheadBytes(hasOpening);
  return smallestSize(SIZES[size], plaintextBytes + PADDING_OVERHEAD_BYTES + overhead) - overhead;
}

const RATCHET_PREFIX: Bytes = new Uint8Array([ENVELOPE_VERSION, RATCHET_KIND]);
const OPENING_PREFIX: Bytes = new Uint8Array([ENVELOPE_VERSION, OPENING_KIND]);

/** Authenticated with the header: the two bytes before it. */
export function envelopePrefix(hasOpening: boolean): Bytes {
  return hasOpening ? OPENING_PREFIX : RATCHET_PREFIX;
}

export function encodeEnvelope({ opening, headerNonce, sealedHeader, ciphertext, commitment }: Envelope): Bytes {
  return concat(envelopePrefix(opening !== null), opening ?? new Uint8Array(0), headerNonce, sealedHeader, ciphertext, commitment);
}

/** @throws {ProtocolError} bad-value for a size that is none of the buckets, bad-version, bad-kind */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (!SIZES.string.includes(bytes.length)) throw new ProtocolError('bad-value', { size: bytes.length });
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== ENVELOPE_VERSION) throw new ProtocolError('bad-version', { version });
  const kind = reader.u8();
  if (kind !== RATCHET_KIND && kind !== OPENING_KIND) throw new ProtocolError('bad-kind', { kind });
  return {
    opening: kind === OPENING_KIND ? reader.bytes(OPENING_BYTES) : null,
    headerNonce: reader.bytes(CHACHA_NONCE_BYTES),
    sealedHeader: reader.bytes(SEALED_HEADER_BYTES),
    ciphertext: reader.bytes(reader.left - COMMITMENT_BYTES),
    commitment: reader.bytes(COMMITMENT_BYTES),
  };
}
