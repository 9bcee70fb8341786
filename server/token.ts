/** `npm run server -- token`: makes a token that lets one person in. The relay may be running. */
import { TOKEN_BYTES } from '../lib/protocol/relay';
import { formatToken } from '../lib/protocol/relay-token';
import { tokenHash } from './admission';
import { Refusal } from './backup';
import type { Config } from './config';
import { randomId } from './id';
import { failureCode } from './log';
import { openSqliteStore } from './store/sqlite';

/** The token's text: only its hash is kept. @throws {Refusal} */
export async function makeToken({ dataDirectory }: Pick<Config, 'dataDirectory'>): Promise<string> {
  const token = randomId(TOKEN_BYTES);
  try {
    const store = openSqliteStore(dataDirectory, { isBesideRelay: true });
    await store.addToken(tokenHash(token));
    await store.close();
  } catch (error) {
    throw new Refusal(
      `No token could be stored in ${dataDirectory} (${failureCode(error)}). Check DATA_DIR, and the room and rights there.`,
    );
  }
  return formatToken(token);
}
