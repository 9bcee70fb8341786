/**
 * ML-KEM-1024 by the browser's own cryptography, as "Modern Algorithms in the Web Cryptography API" spells it (Chromium has it,
 * Firefox not yet): constant in time, which JavaScript can't promise. Null wherever the platform lacks it.
 */
import type { Bytes } from './bytes';

type KemUsage = 'encapsulateBits' | 'decapsulateBits';

interface KemCrypto<Key> {
  importKey(format: 'raw-public' | 'raw-seed', bytes: Bytes, algorithm: string, extractable: false, usages: KemUsage[]): Promise<Key>;
  encapsulateBits(algorithm: string, key: Key): Promise<{ readonly ciphertext: ArrayBuffer; readonly sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: Key, ciphertext: Bytes): Promise<ArrayBuffer>;
}

export interface NativeKem {
  /** The ciphertext and the secret in it. */
  encapsulate(theirPublic: Bytes): Promise<{ readonly ciphertext: Bytes; readonly shared: Bytes } | null>;
  decapsulate(seed: Bytes, ciphertext: Bytes): Promise<Bytes | null>;
}

const ALGORITHM = 'ML-KEM-1024';

function hasKem<Key>(subtle: unknown): subtle is KemCrypto<Key> {
  return typeof (subtle as { encapsulateBits?: unknown }).encapsulateBits === 'function';
}

/** `subtle` by shape: older platforms have the object without these methods, or the methods without this algorithm. */
export function nativeKem<Key>(subtle: unknown): NativeKem {
  let isThere = hasKem<Key>(subtle);
  async function tryNative<Result>(run: (kem: KemCrypto<Key>) => Promise<Result>): Promise<Result | null> {
    if (!isThere) return null;
    try {
      return await run(subtle as KemCrypto<Key>);
    } catch {
      // JavaScript does it then, and gives a reason if it is the input's fault.
      isThere = false;
      return null;
    }
  }
  return {
    encapsulate: (theirPublic) =>
      tryNative(async (kem) => {
        const key = await kem.importKey('raw-public', theirPublic, ALGORITHM, false, ['encapsulateBits']);
        const { ciphertext, sharedKey } = await kem.encapsulateBits(ALGORITHM, key);
        return { ciphertext: new Uint8Array(ciphertext), shared: new Uint8Array(sharedKey) };
      }),
    decapsulate: (seed, ciphertext) =>
      tryNative(async (kem) => {
        const key = await kem.importKey('raw-seed', seed, ALGORITHM, false, ['decapsulateBits']);
        return new Uint8Array(await kem.decapsulateBits(ALGORITHM, key, ciphertext));
      }),
  };
}
