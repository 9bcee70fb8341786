/**
 * X25519 keys made ahead by WebCrypto, beside the work that needs them: making one in JavaScript takes longer than all else in a
 * turn. A key is given out once, for one session; the one that is left dies with this process and was never stored.
 */
import { type Bytes, equalBytes, fromBase64url } from './bytes';
import { type Engine, isUnsupported, type WebCrypto, webCryptoEngine } from './engine';
import { createKeyPair, type KeyPair } from './keys';

/** What the pool needs of WebCrypto beside the rest. */
interface KeyMaker<Key> {
  readonly subtle: {
    generateKey(algorithm: { name: 'X25519' }, extractable: true, usages: ['deriveBits']): Promise<unknown>;
    exportKey(format: 'jwk', key: Key): Promise<unknown>;
  };
}

/** In so many conversations the newest key need not be imported again. */
const MAX_HANDLES = 32;

interface Made<Key> {
  readonly pair: KeyPair;
  /** WebCrypto's own form of the secret: importing one costs as much as an agreement. */
  readonly handle: Key;
}

async function makeKey<Key>({ subtle }: KeyMaker<Key>): Promise<Made<Key>> {
  const { privateKey: handle } = (await subtle.generateKey({ name: 'X25519' }, true, ['deriveBits'])) as { privateKey: Key };
  const { d, x } = (await subtle.exportKey('jwk', handle)) as { d: string; x: string };
  return { pair: { secret: fromBase64url(d), public: fromBase64url(x) }, handle };
}

/** Newest first. Gives each handle out as often as its key is needed, then forgets it. */
class Handles<Key> {
  #kept: { readonly secret: Bytes; readonly handle: Key; usesLeft: number }[] = [];

  keep({ pair, handle }: Made<Key>, uses: number): void {
    this.#kept.unshift({ secret: pair.secret, handle, usesLeft: uses });
    this.#kept.length = Math.min(this.#kept.length, MAX_HANDLES);
  }

  use(secret: Bytes): Key | null {
    const found = this.#kept.find((kept) => equalBytes(kept.secret, secret));
    if (found === undefined) return null;
    found.usesLeft--;
    if (found.usesLeft === 0) this.#kept = this.#kept.filter((kept) => kept !== found);
    return found.handle;
  }
}

/**
 * As `webCryptoEngine`, with key pairs made ahead where WebCrypto has the curve: one after the first that is asked for, and so
 * on. Not for tests that know their randomness.
 */
export function pooledEngine<Key>(crypto: WebCrypto<Key> & KeyMaker<Key>): Engine {
  const handles = new Handles<Key>();
  const engine = webCryptoEngine(crypto, (secret) => handles.use(secret));
  let hasCurve = true;
  let ahead: Promise<Made<Key> | null> | null = null;
  const make = (): Promise<Made<Key> | null> =>
    makeKey(crypto).catch((cause: unknown) => {
      hasCurve = !isUnsupported(cause);
      return null;
    });
  return {
    ...engine,
    async takeKeyPair(agreements) {
      if (!hasCurve) return createKeyPair(engine);
      const taken = ahead ?? make();
      ahead = make();
      const made = await taken;
      if (made === null) return createKeyPair(engine);
      handles.keep(made, agreements);
      return made.pair;
    },
  };
}
