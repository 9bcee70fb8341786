/** Two Argon2id that share no code, in the shape the protocol asks for. */
import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js';
import { argon2id as wasmArgon2id } from 'hash-wasm';
import type { Argon2id } from '../../../lib/protocol/argon2';

export const inWasm: Argon2id = ({ password, salt, memoryKib, passes, lanes, outputBytes }) =>
  wasmArgon2id({
    password,
    salt,
    memorySize: memoryKib,
    iterations: passes,
    parallelism: lanes,
    hashLength: outputBytes,
    outputType: 'binary',
  });

export const inJavaScript: Argon2id = ({ password, salt, memoryKib, passes, lanes, outputBytes }) =>
  Promise.resolve(new Uint8Array(nobleArgon2id(password, salt, { m: memoryKib, t: passes, p: lanes, dkLen: outputBytes })));
