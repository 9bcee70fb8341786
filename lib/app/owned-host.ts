/**
 * One host serves one profile after another, and a relay must not learn that: what the host has open belongs to the store that
 * opened it. For another store's messenger it closes all of that and says hello anew, before anything reaches either side.
 */
import { toHex } from '../protocol/bytes';
import type { LinkChannel } from './link';
import type { Random, Store } from './ports';
import { keys } from './records';

const OWNER_BYTES = 16;

/**
 * The name of this store at the host: random, so that a store that was wiped and begun anew is another. Where it can't be written down
 * the next worker has another name, and the host begins anew for it.
 */
export async function ownerOf(store: Store, random: Random, report: (fault: unknown) => void): Promise<string> {
  const known = await store.get(keys.owner);
  if (typeof known === 'string') return known;
  const owner = toHex(random.bytes(OWNER_BYTES));
  await store.commit([{ kind: 'put', key: keys.owner, value: owner }]).catch(report);
  return owner;
}

export function ownedHost(host: LinkChannel, owner: string): LinkChannel {
  let isOurs = false;
  return {
    // What a host that is not ours would be told is told again after its hello.
    send(command) {
      if (isOurs) host.send(command);
    },
    onFrame(listener) {
      host.onFrame((frame) => {
        if (frame.kind === 'hello') {
          isOurs = frame.hello.owner === owner;
          if (!isOurs) host.send({ kind: 'serve', owner });
        }
        if (isOurs) listener(frame);
      });
    },
    onClose: (listener) => host.onClose(listener),
    close: () => host.close(),
  };
}
