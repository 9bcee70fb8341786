/**
 * Facts of Signal's wire: labels, field numbers, lengths. Where its specifications leave one open it was found in public sources or by
 * decoding what libsignal-client 0.103.0 sends. Facts alone: no code and no comment comes from there.
 */

/** First byte of both messages: the session's version in the upper half, the newest the sender knows in the lower. */
export const MESSAGE_VERSION = 0x44;

/** Before a Curve25519 public key. */
export const CURVE_TYPE = 0x05;
/** Before a public key or a ciphertext of Kyber-1024, round 3. */
export const KYBER_TYPE = 0x08;

/**
 * Protobuf: field numbers, in the order in which they are encoded. Numbers are varints, everything else is length-delimited. Addresses
 * stand only in a message with an opening around it: service id(17) ‖ device(1) of the sender, then of the receiver. The post-quantum
 * field can't be left out: libsignal-client 0.103.0 refuses the message, and does not go back to a session without that ratchet.
 */
export const MESSAGE_FIELD = { ratchetKey: 1, counter: 2, previousCounter: 3, ciphertext: 4, pqRatchet: 5, addresses: 6 } as const;
export const OPENING_FIELD = {
  oneTimeId: 1,
  baseKey: 2,
  identityKey: 3,
  message: 4,
  registrationId: 5,
  signedId: 6,
  kyberId: 7,
  kyberCiphertext: 8,
} as const;

/** HMAC-SHA-256, cut; over both typed identity keys, the sender's first, the version byte and the protobuf. */
export const MESSAGE_MAC_BYTES = 8;

/** Info of HKDF over F ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4] ‖ ss, no salt: root(32) ‖ unused chain(32) ‖ post-quantum ratchet(32). */
export const PQXDH_INFO = 'WhisperText_X25519_SHA-256_CRYSTALS-KYBER-1024';
/** Salt: the root key. Root(32) ‖ chain(32). */
export const ROOT_INFO = 'WhisperRatchet';
/** Salt: the post-quantum ratchet's key. AES-256-CBC key(32) ‖ MAC key(32) ‖ IV(16). */
export const MESSAGE_INFO = 'WhisperMessageKeys';

/** KDF_SCKA_INIT, no salt. Two spaces. */
export const PQ_START_INFO = 'Signal PQ Ratchet V1 Chain  Start';
/** KDF_SCKA_RK; salt: the root. */
export const PQ_ROOT_INFO = 'Signal PQ Ratchet V1 Chain Add Epoch';
/** KDF_SCKA_CK, no salt, behind the message's number, from 1, in 4 bytes: next chain(32) ‖ key(32). */
export const PQ_CHAIN_INFO = 'Signal PQ Ratchet V1 Chain Next';

/** Each with the epoch in 8 bytes behind it. KDF_AUTH has no salt and takes root ‖ update; the agreement's key comes in as of epoch 1. */
export const BRAID_INFO = {
  authenticator: 'Signal_PQCKA_V1_MLKEM768:Authenticator Update',
  secret: 'Signal_PQCKA_V1_MLKEM768:SCKA Key',
  header: 'Signal_PQCKA_V1_MLKEM768:ekheader',
  ciphertext: 'Signal_PQCKA_V1_MLKEM768:ciphertext',
} as const;
export const AUTHENTICATOR_START = 1;

/** version(1) ‖ epoch, varint ‖ number in its key epoch, varint, from 1 ‖ kind(1) [‖ chunk index, varint ‖ chunk(32)]. */
export const PQ_VERSION = 1;
/** Kind 4 has no chunk and says no more than what has been said by kind 3. */
export const PQ_KINDS = ['none', 'header', 'vector', 'vector-and-ack', 'ack', 'ct1', 'ct2'] as const;

/** How many receiving chains are kept, the current one included. */
export const RECEIVING_CHAINS = 5;
