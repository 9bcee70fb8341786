/** A ratchet as bytes, for its owner's sealed store. Strict: what decodes encodes to the same bytes. */
import type { Reader, Writer } from './bytes';
import { ProtocolError } from './errors';
import { KEY_BYTES } from './kdf';
import { checkX25519Public, PUBLIC_KEY_BYTES, SECRET_KEY_BYTES } from './keys';
import type { Ratchet, ReceivingChain, SendingChain } from './ratchet';
import { MAX_RETIRED_CHAINS, type RetiredChain, readSkipped, writeSkipped } from './skipped-keys';

function writeChain(writer: Writer, chain: SendingChain | null): void {
  writer.flag(chain !== null);
  if (chain) writer.bytes(chain.headerKey).bytes(chain.chainKey).u32(chain.next);
}

function readChain(reader: Reader): SendingChain | null {
  if (!reader.flag()) return null;
  return { headerKey: reader.bytes(KEY_BYTES), chainKey: reader.bytes(KEY_BYTES), next: reader.u32() };
}

function readReceivingChain(reader: Reader): ReceivingChain | null {
  if (!reader.flag()) return null;
  return { headerKey: reader.bytes(KEY_BYTES), chainKey: reader.bytes(KEY_BYTES), next: reader.u32(), skipped: readSkipped(reader) };
}

function readRetired(reader: Reader): RetiredChain[] {
  const count = reader.u8();
  if (count > MAX_RETIRED_CHAINS) throw new ProtocolError('too-large', { size: count, max: MAX_RETIRED_CHAINS });
  const retired: RetiredChain[] = [];
  for (let i = 0; i < count; i++) retired.push({ headerKey: reader.bytes(KEY_BYTES), skipped: readSkipped(reader) });
  return retired;
}

export function writeRatchet(writer: Writer, ratchet: Ratchet): void {
  writer.bytes(ratchet.rootKey).bytes(ratchet.ratchetKey.secret).bytes(ratchet.ratchetKey.public);
  writeChain(writer, ratchet.sending);
  writer.bytes(ratchet.nextSendingHeaderKey);
  writeChain(writer, ratchet.receiving);
  if (ratchet.receiving) writeSkipped(writer, ratchet.receiving.skipped);
  writer.bytes(ratchet.nextReceivingHeaderKey).u32(ratchet.previousCount).u8(ratchet.retired.length);
  for (const { headerKey, skipped } of ratchet.retired) writeSkipped(writer.bytes(headerKey), skipped);
}

/** @throws {ProtocolError} bad-value, bad-key, too-large, truncated */
export function readRatchet(reader: Reader): Ratchet {
  return {
    rootKey: reader.bytes(KEY_BYTES),
    ratchetKey: { secret: reader.bytes(SECRET_KEY_BYTES), public: checkX25519Public(reader.bytes(PUBLIC_KEY_BYTES)) },
    sending: readChain(reader),
    nextSendingHeaderKey: reader.bytes(KEY_BYTES),
    receiving: readReceivingChain(reader),
    nextReceivingHeaderKey: reader.bytes(KEY_BYTES),
    previousCount: reader.u32(),
    retired: readRetired(reader),
  };
}
