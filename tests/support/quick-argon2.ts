/** Argon2id's shape without its cost, for tests that are about something else. */
import type { Argon2id } from '../../lib/protocol/argon2';
import { utf8 } from '../../lib/protocol/bytes';
import { deriveKeys, label } from '../../lib/protocol/kdf';

export const quickArgon2id: Argon2id = async ({ password, salt, memoryKib, passes, lanes, outputBytes }) => {
  const info = utf8(`${memoryKib} ${passes} ${lanes}`);
  const [output] = deriveKeys({ secret: password, salt, info: new Uint8Array([...label('test'), ...info]) }, outputBytes);
  return output;
};
