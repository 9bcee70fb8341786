/** Chromium's own ML-KEM-1024, which the product uses there, beside the one it uses elsewhere. */
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../lib/protocol/bytes';
import { createKemPair, decapsulate, encapsulate } from '../../lib/protocol/ml-kem';
import { launchBrowser } from '../support/browsers-launch';
import { engine } from '../unit/protocol/parties';

interface Kem {
  importKey(format: string, bytes: Uint8Array, algorithm: string, extractable: boolean, usages: string[]): Promise<CryptoKey>;
  encapsulateBits(algorithm: string, key: CryptoKey): Promise<{ ciphertext: ArrayBuffer; sharedKey: ArrayBuffer }>;
  decapsulateBits(algorithm: string, key: CryptoKey, ciphertext: Uint8Array): Promise<ArrayBuffer>;
}

test('each opens what the other one sealed, and a changed ciphertext gives both the same other secret', async () => {
  const browser = await launchBrowser('chromium');
  try {
    const panel = await browser.openPanel();
    const pair = createKemPair(engine);
    const ours = encapsulate(engine, pair.public);
    const changed = ours.ciphertext.map((byte, i) => (i === 700 ? byte ^ 1 : byte));
    const theirs = await panel.eval(
      async (seedHex: string, publicHex: string, ciphertexts: string[]) => {
        const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
        const hex = (buffer: ArrayBuffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
        const kem = crypto.subtle as unknown as Kem;
        const secret = await kem.importKey('raw-seed', bytes(seedHex), 'ML-KEM-1024', false, ['decapsulateBits']);
        const key = await kem.importKey('raw-public', bytes(publicHex), 'ML-KEM-1024', false, ['encapsulateBits']);
        const { ciphertext, sharedKey } = await kem.encapsulateBits('ML-KEM-1024', key);
        const opened: string[] = [];
        for (const sealed of ciphertexts) opened.push(hex(await kem.decapsulateBits('ML-KEM-1024', secret, bytes(sealed))));
        return { ciphertext: hex(ciphertext), shared: hex(sharedKey), opened };
      },
      toHex(pair.seed),
      toHex(pair.public),
      [toHex(ours.ciphertext), toHex(changed)],
    );
    expect(theirs.opened).toEqual([toHex(ours.shared), toHex(decapsulate(pair, changed))]);
    expect(toHex(decapsulate(pair, fromHex(theirs.ciphertext)))).toBe(theirs.shared);
  } finally {
    await browser.close();
  }
});
