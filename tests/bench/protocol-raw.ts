/** WebCrypto's own calls, one after the other, that sending a message by AES-GCM and X25519 can't do without. */
import type { Contest } from './protocol-lab';

const PADDED_BYTES = 363;
const AAD_BYTES = 199;
const CURVE = { name: 'X25519' };

async function sealAndOpen(): Promise<void> {
  const { subtle } = crypto;
  const key = crypto.getRandomValues(new Uint8Array(32));
  const gcm = { name: 'AES-GCM', iv: crypto.getRandomValues(new Uint8Array(12)), additionalData: new Uint8Array(AAD_BYTES) };
  const sealing = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const sealed = await subtle.encrypt(gcm, sealing, new Uint8Array(PADDED_BYTES));
  const opening = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  await subtle.decrypt(gcm, opening, sealed);
}

async function newKey(): Promise<{ readonly secret: CryptoKey; readonly public: ArrayBuffer }> {
  const pair = (await crypto.subtle.generateKey(CURVE, true, ['deriveBits'])) as CryptoKeyPair;
  return { secret: pair.privateKey, public: await crypto.subtle.exportKey('raw', pair.publicKey) };
}

async function agree(secret: CryptoKey, theirs: ArrayBuffer): Promise<void> {
  const key = await crypto.subtle.importKey('raw', theirs, CURVE, false, []);
  await crypto.subtle.deriveBits({ ...CURVE, public: key }, secret, 256);
}

/** A new key on one side, an agreement of the old and one of the new. */
async function turns(): Promise<() => Promise<void>> {
  let mine = await newKey();
  const theirs = await newKey();
  return async () => {
    await agree(mine.secret, theirs.public);
    mine = await newKey();
    await agree(mine.secret, theirs.public);
    await sealAndOpen();
  };
}

/** Two new keys, the first message, and ten agreements: four on each side, then each side's first ratchet step. */
async function setUps(): Promise<() => Promise<void>> {
  const theirs = await newKey();
  return async () => {
    const [first, second] = [await newKey(), await newKey()];
    for (let i = 0; i < 5; i++) for (const { secret } of [first, second]) await agree(secret, theirs.public);
    await sealAndOpen();
  };
}

/** The KEM and the signatures of a set-up are not among them: where WebCrypto has those at all, this product does not use it. */
export const RAW: Record<Contest, () => Promise<() => Promise<void>>> = {
  'same-direction': async () => sealAndOpen,
  'dh-turn': turns,
  'session-setup': setUps,
};
