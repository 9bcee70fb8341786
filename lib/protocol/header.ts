/** What each message tells the other ratchet, sealed under a header key: fixed length, so that sizes tell nothing. */
import { type Bytes, Reader, Writer } from './bytes';
import { checkX25519Public, PUBLIC_KEY_BYTES } from './keys';

/** Sender's ratchet key(32) ‖ length of its previous sending chain(4) ‖ number in this chain(4). */
export const HEADER_BYTES = PUBLIC_KEY_BYTES + 4 + 4;

export interface Header {
  readonly ratchetKey: Bytes;
  readonly previousCount: number;
  readonly counter: number;
}

export function encodeHeader({ ratchetKey, previousCount, counter }: Header): Bytes {
  return new Writer().bytes(ratchetKey).u32(previousCount).u32(counter).done();
}

/** @throws {ProtocolError} bad-key, truncated, trailing */
export function decodeHeader(bytes: Uint8Array): Header {
  const reader = new Reader(bytes);
  const header = {
    ratchetKey: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)),
    previousCount: reader.u32(),
    counter: reader.u32(),
  };
  reader.end();
  return header;
}
