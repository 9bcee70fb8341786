/** `npm run server -- token`: makes a token that lets one person in. The relay may be running. */
import { TOKEN_BYTES } from '../lib/protocol/relay';
import { formatToken } from '../lib/protocol/relay-token';
import { tokenHash } from './admission';
import type { Config } from './config';
import { randomId } from './id';
import { openSqliteStore } from './store/sqlite';

/** The token's text: only its hash is kept. @throws what `openSqliteStore` throws */
export async function makeToken(config: Pick<Config, 'dataDirectory'>): Promise<string> {
  const token = randomId(TOKEN_BYTES);
  const store = openSqliteStore(config.dataDirectory, { besideRelay: true });
  await store.addToken(tokenHash(token));
  await store.close();
  return formatToken(token);
}
