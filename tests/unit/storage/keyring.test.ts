/** The lock of the store: what opens it, what it costs to guess, and what a thief, a killed worker or a damaged disk meet. */
import 'fake-indexeddb/auto';
import { promisifyRequest } from 'idb-keyval';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Keyring, Store, StoreKey } from '../../../lib/app/ports';
import type { Argon2Input } from '../../../lib/protocol/argon2';
import { type Bytes, concat, utf8 } from '../../../lib/protocol/bytes';
import { hash } from '../../../lib/protocol/kdf';
import { type Database, openRecords } from '../../../lib/storage/database';
import { createKeyring } from '../../../lib/storage/keyring';
import type { Root } from '../../../lib/storage/root';

/** As slow as nothing, and still different for every input; the true one is tried in the browsers. */
const asked: Argon2Input[] = [];
const argon2id = async (input: Argon2Input): Promise<Bytes> => {
  asked.push(input);
  const { password, salt, memoryKib, passes, lanes } = input;
  return hash(utf8(`${memoryKib} ${passes} ${lanes} `), salt, password);
};

const PIN = { kind: 'pin', text: '271828' } as const;
const WORDS = { kind: 'passphrase', text: 'blue pot under the shed' } as const;

let name = '';
let nowMs = 1_800_000_000_000;
let session: Bytes | null = null;
let database: Database;
let keyring: Keyring;
let store: Store;
let damaged: StoreKey[] = [];

/** A worker starts: nothing of the one before is left in memory. */
function startWorker(): void {
  database?.close();
  database = openRecords(name);
  damaged = [];
  const kept = {
    get: async () => session?.slice() ?? null,
    set: async (key: Bytes) => {
      session = key.slice();
    },
    clear: async () => {
      session = null;
    },
  };
  const parts = { database, crypto, argon2id, session: kept, now: () => nowMs, onDamaged: (key: StoreKey) => void damaged.push(key) };
  ({ keyring, store } = createKeyring(parts));
}

/** The browser was closed and opened. */
function startBrowser(): void {
  session = null;
  startWorker();
}

beforeEach(async () => {
  name = crypto.randomUUID();
  session = null;
  asked.length = 0;
  startWorker();
  await keyring.open();
  await store.commit([{ kind: 'put', key: ['profile'], value: 'Ana' }]);
});
afterEach(() => database.close());

const raw = <Value>(key: IDBValidKey): Promise<Value> => database.use('readonly', (records) => promisifyRequest<Value>(records.get(key)));
const rawPut = (key: IDBValidKey, value: unknown) => database.writeStrictly((records) => void records.put(value, key));
const root = () => raw<Root>('vault-root');
const protect = (secret: typeof PIN | typeof WORDS | null = PIN, wipeAfter = 0, current = '') =>
  keyring.protect(current, { secret, wipeAfter });
const code = (error: string) => expect.objectContaining({ code: error });

describe('a store without a secret', () => {
  it('is open at every start, and no device key can be taken out of it', async () => {
    startBrowser();
    expect(await keyring.open()).toBe(true);
    expect(await store.get(['profile'])).toBe('Ana');
    const { device } = await root();
    expect(device.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', device)).rejects.toThrow();
    expect(session).toBeNull();
  });

  it('whose root is gone is never given another while records are there: they would be lost without a word', async () => {
    await database.writeStrictly((records) => void records.delete('vault-root'));
    startBrowser();
    await expect(keyring.open()).rejects.toEqual(code('vault-damaged'));
  });

  it('cannot be locked: nobody could open it', async () => {
    await keyring.lock();
    expect(await store.get(['profile'])).toBe('Ana');
  });
});

describe('a store with a secret', () => {
  for (const secret of [PIN, WORDS]) {
    it(`opens to its ${secret.kind} after the browser was closed, and to nothing else`, async () => {
      await protect(secret);
      startBrowser();
      expect(await keyring.open()).toBe(false);
      expect(await keyring.state()).toMatchObject({ secret: secret.kind, failed: 0 });
      await expect(store.get(['profile'])).rejects.toEqual(code('locked'));
      for (const wrong of ['', `${secret.text} `, secret.text.slice(1)])
        await expect(keyring.unlock(wrong)).rejects.toEqual(code('lock-wrong'));
      await keyring.unlock(secret.text);
      expect(await store.get(['profile'])).toBe('Ana');
      expect(await keyring.state()).toMatchObject({ failed: 0 });
    });
  }

  it('stays open for a worker that starts again in the same browser session', async () => {
    await protect();
    startWorker();
    expect(await keyring.open()).toBe(true);
    expect(await store.get(['profile'])).toBe('Ana');
  });

  it('is shut by locking: for this worker, and for the next', async () => {
    await protect();
    await keyring.lock();
    await expect(store.get(['profile'])).rejects.toEqual(code('locked'));
    await expect(store.commit([{ kind: 'put', key: ['a'], value: 1 }])).rejects.toEqual(code('locked'));
    startWorker();
    expect(await keyring.open()).toBe(false);
  });

  it('takes a passphrase typed in composed or decomposed characters', async () => {
    await protect({ ...WORDS, text: 'Grüße an alle' as typeof WORDS.text });
    startBrowser();
    await keyring.unlock('Grüße an alle'.normalize('NFD'));
    expect(await store.get(['profile'])).toBe('Ana');
  });

  it('is stretched with 64 MiB and three passes at least, under a salt of its own each time', async () => {
    await protect();
    const [first] = [await root()];
    await protect(PIN, 0, PIN.text);
    const second = await root();
    for (const { memoryKib, passes, lanes } of asked) expect([memoryKib, passes >= 3, lanes]).toEqual([65_536, true, 1]);
    expect(second.salt).not.toEqual(first.salt);
    expect(second.cost.passes).toBeGreaterThanOrEqual(3);
  });
});

describe('changing the secret', () => {
  it('needs the current one', async () => {
    await protect();
    await expect(protect(WORDS, 0, '999999')).rejects.toEqual(code('lock-wrong'));
    startBrowser();
    await keyring.unlock(PIN.text);
  });

  it('leaves nothing that the old one opens', async () => {
    await protect();
    await protect(WORDS, 0, PIN.text);
    startBrowser();
    await expect(keyring.unlock(PIN.text)).rejects.toEqual(code('lock-wrong'));
    await keyring.unlock(WORDS.text);
    expect(await store.get(['profile'])).toBe('Ana');
  });

  it('to none opens the store at every start', async () => {
    await protect();
    await protect(null, 0, PIN.text);
    startBrowser();
    expect(await keyring.open()).toBe(true);
    expect(await keyring.state()).toMatchObject({ secret: null, wipeAfter: 0 });
  });

  it('is refused while locked', async () => {
    await protect();
    await keyring.lock();
    await expect(protect(null, 0, PIN.text)).rejects.toEqual(code('locked'));
  });
});

describe('guessing', () => {
  const guess = (text = '000000') =>
    keyring.unlock(text).then(
      () => 'open',
      (error: { code: string }) => error.code,
    );

  it('is slowed: four tries are free, then each waits longer, up to an hour; waiting costs no try', async () => {
    await protect();
    await keyring.lock();
    for (let i = 0; i < 4; i++) expect(await guess()).toBe('lock-wrong');
    expect(await guess()).toBe('lock-wrong');
    for (const waitMs of [30_000, 60_000, 300_000, 900_000, 3_600_000, 3_600_000]) {
      nowMs += waitMs - 1;
      expect(await guess(PIN.text)).toBe('lock-wait');
      nowMs += 1;
      expect(await guess()).toBe('lock-wrong');
    }
    nowMs += 3_600_000;
    expect(await guess(PIN.text)).toBe('open');
    await keyring.lock();
    expect(await guess()).toBe('lock-wrong');
    expect(await keyring.state()).toMatchObject({ failed: 1, retryAtMs: nowMs });
  });

  it('goes on where it was after the browser was closed, and after a worker was killed over a try', async () => {
    await protect();
    startBrowser();
    for (let i = 0; i < 3; i++) await guess();
    const isHanging = new Promise<never>(() => undefined);
    const stuck = createKeyring({
      ...{ database, crypto, now: () => nowMs, onDamaged: () => undefined },
      session: { get: async () => null, set: async () => undefined, clear: async () => undefined },
      argon2id: () => isHanging,
    });
    void stuck.keyring.unlock('111111');
    await expect.poll(async () => (await keyring.state()).failed).toBe(4);
    startBrowser();
    expect(await guess()).toBe('lock-wrong');
    expect(await guess()).toBe('lock-wait');
  });

  it('is not helped by a clock that is set back, nor stopped for ever by one that was ahead', async () => {
    await protect();
    await keyring.lock();
    for (let i = 0; i < 5; i++) await guess();
    nowMs -= 10_000;
    expect(await guess(PIN.text)).toBe('lock-wait');
    nowMs -= 365 * 86_400_000;
    expect(await guess(PIN.text)).toBe('open');
  });

  it('ends in nothing where that was chosen: every record is gone, and the next start is a first one', async () => {
    await protect(PIN, 5);
    await keyring.lock();
    for (let i = 0; i < 4; i++) expect(await guess()).toBe('lock-wrong');
    expect(await guess()).toBe('lock-wiped');
    expect(await database.use('readonly', (records) => promisifyRequest(records.count()))).toBe(0);
    startWorker();
    expect(await keyring.open()).toBe(true);
    expect(await store.get(['profile'])).toBeUndefined();
  });

  it('over the settings counts too', async () => {
    await protect();
    for (let i = 0; i < 5; i++) await expect(protect(null, 0, '000000')).rejects.toEqual(code('lock-wrong'));
    await expect(protect(null, 0, PIN.text)).rejects.toEqual(code('lock-wait'));
  });
});

describe('a root that was tampered with', () => {
  it('and does not hold together is damaged, whatever was changed, and never a wrong PIN', async () => {
    await protect();
    const sound = await root();
    const changed: readonly Partial<Root>[] = [
      { wrapped: flip(sound.wrapped) },
      { nonce: flip(sound.nonce) },
      { salt: flip(sound.salt) },
      { mark: flip(sound.mark) },
      { revision: 7 },
      { kind: 'none' },
      { wipeAfter: 9 },
      { cost: { ...sound.cost, passes: 4 } },
      { version: 3 },
      { salt: new Uint8Array(3) },
    ];
    for (const change of changed) {
      await rawPut('vault-root', { ...sound, ...change });
      startBrowser();
      await expect(keyring.open(), JSON.stringify(Object.keys(change))).rejects.toEqual(code('vault-damaged'));
    }
    await rawPut('vault-root', sound);
    startBrowser();
    await keyring.unlock(PIN.text);
  });

  it('and marked anew, with a cheaper stretching, is refused for that', async () => {
    await protect();
    const sound = await root();
    const cheap = { ...sound, cost: { ...sound.cost, memoryKib: 1024 } };
    expect(await marked(sound)).toEqual(sound);
    await rawPut('vault-root', await marked(cheap));
    startBrowser();
    await expect(keyring.unlock(PIN.text)).rejects.toEqual(code('vault-weakened'));
  });

  it('and is the one from before the last change of the PIN is refused for that', async () => {
    await protect();
    const old = await root();
    await protect(WORDS, 0, PIN.text);
    await rawPut('vault-root', old);
    startBrowser();
    await expect(keyring.unlock(PIN.text)).rejects.toEqual(code('vault-older'));
    await expect(store.get(['profile'])).rejects.toEqual(code('locked'));
  });

  it('but a damaged note of its revision alone keeps nobody out, and is written anew', async () => {
    await protect();
    await rawPut(['vault'], new Uint8Array(40));
    startBrowser();
    await keyring.unlock(PIN.text);
    expect(await store.get(['profile'])).toBe('Ana');
    expect(damaged).toEqual([['vault']]);
    startWorker();
    expect(await keyring.open()).toBe(true);
  });

  it('and a key that the session kept from other records opens nothing: sealing under it would lose what comes', async () => {
    await protect();
    session = crypto.getRandomValues(new Uint8Array(32));
    startWorker();
    expect(await keyring.open()).toBe(false);
    await keyring.unlock(PIN.text);
    expect(await store.get(['profile'])).toBe('Ana');
  });
});

describe('a passkey', () => {
  const passkeyOf = (name: number) => ({ credentialId: new Uint8Array(16).fill(name), salt: new Uint8Array(32).fill(name) });
  const outputOf = (name: number) => new Uint8Array(32).fill(100 + name);
  const add = (name: number, current: string = PIN.text) => keyring.addPasskey(current, passkeyOf(name), outputOf(name));
  const use = (name: number, output = outputOf(name)) => keyring.unlockByPasskey(passkeyOf(name).credentialId, output);

  it('opens beside the PIN after the browser was closed, each to its own output alone', async () => {
    await protect();
    await add(1);
    await add(2);
    startBrowser();
    expect(await keyring.open()).toBe(false);
    expect((await keyring.state()).passkeys).toEqual([passkeyOf(1), passkeyOf(2)]);
    for (const wrong of [use(3), use(1, outputOf(2)), use(1, new Uint8Array(32)), use(1, new Uint8Array(0))])
      await expect(wrong).rejects.toEqual(code('passkey-wrong'));
    await expect(store.get(['profile'])).rejects.toEqual(code('locked'));
    await use(2);
    expect(await store.get(['profile'])).toBe('Ana');
    startWorker();
    expect(await keyring.open()).toBe(true);
    startBrowser();
    await keyring.unlock(PIN.text);
  });

  it('is added and removed by who gives the PIN, and a wrong one counts', async () => {
    await protect();
    await expect(add(1, '000000')).rejects.toEqual(code('lock-wrong'));
    await add(1);
    await expect(keyring.removePasskeys('000000')).rejects.toEqual(code('lock-wrong'));
    expect(await keyring.state()).toMatchObject({ failed: 1, passkeys: [passkeyOf(1)] });
    await keyring.removePasskeys(PIN.text);
    await keyring.lock();
    await expect(add(2)).rejects.toEqual(code('locked'));
    await expect(use(1)).rejects.toEqual(code('passkey-wrong'));
  });

  it('is never the only way in, and there are at most eight', async () => {
    await expect(add(1, '')).rejects.toEqual(code('passkey-alone'));
    await protect();
    for (let name = 1; name <= 8; name++) await add(name);
    await expect(add(9)).rejects.toEqual(code('passkey-many'));
    expect((await root()).passkeys).toHaveLength(8);
  });

  it('goes with the PIN it was added by: whoever knew that one may have added their own', async () => {
    await protect();
    await add(1);
    await protect(WORDS, 0, PIN.text);
    expect((await root()).passkeys).toEqual([]);
    await keyring.lock();
    await expect(use(1)).rejects.toEqual(code('passkey-wrong'));
  });

  it('counts no try, for nobody guesses it, and its owner need not wait for what others guessed', async () => {
    await protect(PIN, 6);
    await add(1);
    await keyring.lock();
    for (let i = 0; i < 5; i++) await expect(keyring.unlock('000000')).rejects.toEqual(code('lock-wrong'));
    for (let i = 0; i < 9; i++) await expect(use(1, outputOf(2))).rejects.toEqual(code('passkey-wrong'));
    expect(await keyring.state()).toMatchObject({ failed: 5 });
    await expect(keyring.unlock(PIN.text)).rejects.toEqual(code('lock-wait'));
    await use(1);
    expect(await keyring.state()).toMatchObject({ failed: 0 });
  });

  it('that was removed does not come back with the root that had it', async () => {
    await protect();
    await add(1);
    const old = await root();
    await keyring.removePasskeys(PIN.text);
    await rawPut('vault-root', old);
    startBrowser();
    await expect(use(1)).rejects.toEqual(code('vault-older'));
    await expect(store.get(['profile'])).rejects.toEqual(code('locked'));
  });

  it('whose wrap was swapped, moved or replaced does not open, not even under a new mark', async () => {
    await protect();
    await add(1);
    await add(2);
    const sound = await root();
    expect(await marked(sound)).toEqual(sound);
    const [first, second] = sound.passkeys as [Root['passkeys'][number], Root['passkeys'][number]];
    const { nonce, wrapped } = second;
    const forged: readonly Root['passkeys'][] = [
      [{ ...first, nonce, wrapped }],
      [{ ...first, salt: second.salt }],
      [{ ...second, credentialId: first.credentialId }],
      [{ ...first, nonce: sound.nonce, wrapped: sound.wrapped }],
      [],
    ];
    for (const passkeys of forged) {
      await rawPut('vault-root', { ...sound, passkeys });
      startBrowser();
      await expect(keyring.open()).rejects.toEqual(code('vault-damaged'));
      await rawPut('vault-root', await marked({ ...sound, passkeys }));
      startBrowser();
      for (const output of [outputOf(1), outputOf(2)]) await expect(use(1, output)).rejects.toEqual(code('passkey-wrong'));
    }
  });

  it('leaves none of its output behind', async () => {
    await protect();
    const [adding, using, failing] = [outputOf(1), outputOf(1), outputOf(2)];
    await keyring.addPasskey(PIN.text, passkeyOf(1), adding);
    await keyring.lock();
    await use(1, failing).catch(() => undefined);
    await use(1, using);
    for (const output of [adding, using, failing]) expect(output).toEqual(new Uint8Array(32));
  });
});

describe('the bells', () => {
  const bells = [{ relay: 'wss://relay.example', rid: new Uint8Array(24).fill(1), doorbellSecret: new Uint8Array(32).fill(2) }];

  it('are read while locked, and lie sealed', async () => {
    await protect();
    await keyring.keepBells(bells);
    startBrowser();
    expect(await keyring.bells()).toEqual(bells);
    const sealed = Buffer.from(await raw<Uint8Array>('vault-bells')).toString('latin1');
    expect(sealed).not.toContain('relay.example');
  });

  it('that are none leave nothing', async () => {
    await keyring.keepBells(bells);
    await keyring.keepBells([]);
    expect(await raw('vault-bells')).toBeUndefined();
    expect(await keyring.bells()).toEqual([]);
  });
});

it('deleting everything works while locked', async () => {
  await protect();
  await keyring.lock();
  await keyring.wipe();
  expect(session).toBeNull();
  startBrowser();
  expect(await keyring.open()).toBe(true);
  expect(await store.get(['profile'])).toBeUndefined();
});

/** As somebody marks it who can use the device key. */
async function marked(made: Root): Promise<Root> {
  const terms = new Uint8Array(38);
  const view = new DataView(terms.buffer);
  view.setUint8(0, 2);
  view.setUint32(1, made.revision);
  view.setUint8(5, 1);
  view.setUint32(6, made.wipeAfter);
  view.setUint32(10, made.cost.memoryKib);
  view.setUint32(14, made.cost.passes);
  view.setUint32(18, made.cost.lanes);
  terms.set(made.salt, 22);
  const wraps = made.passkeys.map(({ credentialId, salt, nonce, wrapped }) =>
    concat(Uint8Array.of(1, 0, credentialId.length), credentialId, salt, nonce, wrapped),
  );
  const covered = concat(utf8('tincan vault mark 2'), terms, made.nonce, made.wrapped, ...wraps);
  return { ...made, mark: new Uint8Array(await crypto.subtle.sign('HMAC', made.device, covered)) };
}

function flip(bytes: Bytes): Bytes {
  const flipped = bytes.slice();
  flipped[0] = (flipped[0] as number) ^ 1;
  return flipped;
}
