/** Which tests the mutants of a file of `lib/protocol` are put to. To put each to all of them would take a day. */

export interface Group {
  readonly name: string;
  /** Under `lib/protocol`, without their ending. */
  readonly files: readonly string[];
  /** Under `tests/unit`, likewise. */
  readonly tests: readonly string[];
}

/** The bytes of the wire, as stored: they catch a changed label. */
const VECTORS = ['protocol/transcript', 'protocol/streams'];

const KNOWN: readonly Group[] = [
  {
    name: 'contents',
    files: ['profile', 'signal', 'content', 'content-life', 'live', 'live-payload', 'errors'],
    tests: ['content', 'content-life', 'live', 'live-payload', 'transcript'].map(inProtocol),
  },
  {
    name: 'identities',
    files: ['identity', 'invite', 'base-url', 'signatures', 'xeddsa', 'safety-number', 'fingerprint', 'number', 'argon2'],
    tests: [...['identity', 'signatures', 'invite', 'primitives', 'libsignal', 'safety-number', 'number'].map(inProtocol), ...VECTORS],
  },
  {
    name: 'files',
    files: ['file-sizes', 'file-stream', 'membership-entry', 'membership-log'],
    tests: ['file-stream', 'membership-log', 'streams'].map(inProtocol),
  },
  {
    name: 'backups',
    files: ['backup-choices', 'backup-contact', 'backup-items', 'backup-maybe', 'backup-message', 'backup-sizes', 'backup-stream'],
    tests: ['backup', 'streams'].map(inProtocol),
  },
  {
    name: 'relay',
    files: ['relay', 'relay-boxes', 'relay-codec', 'relay-fields', 'relay-kinds', 'relay-proof', 'relay-token', 'relay-work', 'queue-keys'],
    tests: ['relay/codec', 'relay/proof', 'relay/work', 'protocol/invite', 'protocol/transcript', 'protocol/forms'],
  },
  {
    name: 'agreement',
    files: ['pqxdh', 'prekeys', 'prekey-stock', 'prekey-box'],
    tests: ['identity', 'prekey-stock', 'prekey-box', 'session', 'transcript'].map(inProtocol),
  },
  {
    name: 'sessions',
    files: ['session', 'session-set', 'ratchet', 'ratchet-codec', 'skipped-keys', 'message', 'envelope', 'header'],
    tests: ['session', 'session-set', 'header', 'transcript'].map(inProtocol),
  },
  {
    name: 'bytes',
    files: ['bytes', 'padding', 'kdf', 'hmac', 'aead', 'keys', 'key-pool', 'engine', 'ml-kem', 'native-kem'],
    tests: [
      ...[
        'bytes',
        'padding',
        'hmac',
        'primitives',
        'key-pool',
        'ml-kem',
        'native-kem',
        'signatures',
        'content',
        'live-payload',
        'identity',
        'transcript',
      ].map(inProtocol),
    ],
  },
  {
    name: 'braid',
    files: ['erasure', 'braid', 'braid-authenticator', 'braid-ciphertext-side', 'braid-key-side', 'key-schedule', 'split-kem'],
    tests: ['erasure', 'braid', 'split-kem', 'transcript'].map(inProtocol),
  },
  {
    name: 'chains',
    files: ['pq-chains', 'pq-ratchet', 'pq-ratchet-codec'],
    tests: ['pq-chains', 'braid', 'triple-ratchet', 'transcript'].map(inProtocol),
  },
];

function inProtocol(test: string): string {
  return `protocol/${test}`;
}

/** A file that no group knows is put to every test of the protocol. */
export function groupsOf(files: readonly string[]): readonly Group[] {
  const known = new Set(KNOWN.flatMap((group) => group.files));
  const others: Group = { name: 'others', files: files.filter((file) => !known.has(file)), tests: ['protocol/*'] };
  return [...KNOWN, others]
    .map((group) => ({ ...group, files: group.files.filter((file) => files.includes(file)) }))
    .filter((group) => group.files.length > 0);
}
