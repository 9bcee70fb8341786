/**
 * `npx tsx tests/vectors/wycheproof/trim.ts CHECKOUT`: writes the files beside this one from a checkout of C2SP/wycheproof. What it
 * leaves out is said in README.md; what it keeps it keeps unchanged.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;
interface Test extends Fields {
  readonly comment?: string;
  readonly flags?: readonly string[];
}
interface Group extends Fields {
  readonly tests: readonly Test[];
}
interface File extends Fields {
  readonly algorithm: string;
  readonly notes?: Readonly<Record<string, Fields>>;
  readonly testGroups: readonly Group[];
}
interface Selection {
  readonly groups?: (group: Group) => boolean;
  /** Of tests with the same comment but for a number at its end; those with a flag are all kept. */
  readonly perComment?: number;
  /** Fields of groups and tests that say again what others say, or that the product has no use for. */
  readonly drop?: readonly string[];
}

const KEM: Selection = { perComment: 4, drop: ['dk', 'ek'] };
const KEM_PUBLIC: Selection = { perComment: 4, drop: ['dk'] };

const SELECTIONS: Readonly<Record<string, Selection>> = {
  x25519_test: {},
  ed25519_test: { drop: ['publicKeyDer', 'publicKeyPem', 'publicKeyJwk'] },
  hkdf_sha256_test: {},
  hmac_sha256_test: {},
  aes_gcm_test: { groups: ({ keySize }) => keySize === 256 },
  chacha20_poly1305_test: {},
  xchacha20_poly1305_test: {},
  mlkem_768_test: KEM,
  mlkem_768_encaps_test: KEM_PUBLIC,
  mlkem_768_keygen_seed_test: { ...KEM_PUBLIC, perComment: 10 },
  mlkem_1024_test: KEM,
  mlkem_1024_encaps_test: KEM_PUBLIC,
  mlkem_1024_keygen_seed_test: { ...KEM_PUBLIC, perComment: 10 },
};

function without(fields: Fields, drop: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !drop.includes(name)));
}

function someOf(tests: readonly Test[], perComment: number): readonly Test[] {
  const seen = new Map<string, number>();
  return tests.filter(({ comment = '', flags = [] }) => {
    const kind = comment.replace(/\d+$/, '');
    const count = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, count);
    return flags.length > 0 || count <= perComment;
  });
}

/** One test a line: what changes upstream shows in a diff. */
function written({ testGroups, ...head }: File): string {
  const groups = testGroups.map(({ tests, ...group }) => {
    const lines = tests.map((test) => JSON.stringify(test)).join(',\n');
    return `{"group":${JSON.stringify(group)},"tests":[\n${lines}\n]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"testGroups":[\n${groups.join(',\n')}\n]}\n`;
}

function trimmed(file: File, { groups = () => true, perComment = Number.POSITIVE_INFINITY, drop = [] }: Selection): File {
  const kept = file.testGroups.filter(groups).map((group) => ({
    ...without(group, drop),
    tests: someOf(group.tests, perComment).map((test) => without(test, drop)),
  }));
  const { algorithm, schema, numberOfTests, notes = {} } = file;
  return { algorithm, schema, numberOfTestsUpstream: numberOfTests, notes, testGroups: kept };
}

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error('Usage: npx tsx tests/vectors/wycheproof/trim.ts CHECKOUT');
for (const [name, selection] of Object.entries(SELECTIONS)) {
  const file = JSON.parse(readFileSync(join(checkout, 'testvectors_v1', `${name}.json`), 'utf8')) as File;
  writeFileSync(join(import.meta.dirname, `${name}.json`), written(trimmed(file, selection)));
}
