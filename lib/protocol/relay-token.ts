/** How people pass a token of a private relay on: `tincan-` and 22 letters. */
import { type Bytes, fromBase64url, toBase64url } from './bytes';
import { TOKEN_BYTES } from './relay';
import { exact } from './relay-fields';

const PREFIX = 'tincan-';

/** @throws {ProtocolError} bad-value */
export function formatToken(token: Bytes): string {
  return PREFIX + toBase64url(exact(token, TOKEN_BYTES));
}

/** Null for any other text: it may be a password. */
export function parseToken(text: string): Bytes | null {
  if (!text.startsWith(PREFIX)) return null;
  try {
    return exact(fromBase64url(text.slice(PREFIX.length)), TOKEN_BYTES);
  } catch {
    return null;
  }
}
