/**
 * Argon2id (RFC 9106), injected like WebCrypto: the memory-hard function is the caller's, the least it must cost is decided here.
 */
import { type Bytes, concat } from './bytes';
import { ProtocolError } from './errors';

export interface Argon2Parameters {
  readonly memoryKib: number;
  /** RFC 9106's t. */
  readonly passes: number;
  /** RFC 9106's p. */
  readonly lanes: number;
}

export interface Argon2Input extends Argon2Parameters {
  readonly password: Bytes;
  readonly salt: Bytes;
  readonly outputBytes: number;
}

/** Version 0x13, without secret and associated data. */
export type Argon2id = (input: Argon2Input) => Promise<Uint8Array>;

/** RFC 9106 section 4, the second recommended option, on one lane. */
export const LEAST_ARGON2: Argon2Parameters = { memoryKib: 64 * 1024, passes: 3, lanes: 1 };

/** @throws {ProtocolError} weak-parameters below LEAST_ARGON2 in any of them, bad-value when the function gives another length */
export async function stretch(argon2id: Argon2id, input: Argon2Input): Promise<Bytes> {
  const { memoryKib, passes, lanes, outputBytes } = input;
  const isEnough = memoryKib >= LEAST_ARGON2.memoryKib && passes >= LEAST_ARGON2.passes && lanes >= LEAST_ARGON2.lanes;
  if (!isEnough) throw new ProtocolError('weak-parameters', { memoryKib, passes, lanes });
  const output = await argon2id(input);
  if (output.length !== outputBytes) throw new ProtocolError('bad-value', { size: output.length, wanted: outputBytes });
  return concat(output);
}
