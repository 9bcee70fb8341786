/**
 * The lock at every moment at which its worker may die or its disk refuse: all of them, not a sample. Afterwards the device is
 * as before or as after, whole, with a way in, and with every message that was acknowledged.
 */
import 'fake-indexeddb/auto';
import { afterEach, expect, test } from 'vitest';
import type { Passkey, SecretKind } from '../../../lib/app/ports';
import { unwrapByPasskey } from '../../../lib/storage/passkey';
import { unwrapRoot } from '../../../lib/storage/root';
import { FAULTS } from '../../support/faults';
import { MortalDevice, quickArgon2id } from '../../support/mortal-device';

const PIN = { kind: 'pin', text: '271828' } as const;
const WORDS = { kind: 'passphrase', text: 'blue pot under the shed' } as const;
const NONE = { kind: 'none', text: '' } as const;
const EARLIER = ['one', 'two', 'three'] as const;
const AUTO = { autoLockMinutes: 5 } as const;

const passkeyOf = (name: number): Passkey => ({ credentialId: new Uint8Array(16).fill(name), salt: new Uint8Array(32).fill(name) });
const outputOf = (name: number) => new Uint8Array(32).fill(100 + name);

/** What opens a device. */
interface Ways {
  readonly secret: { readonly kind: SecretKind | 'none'; readonly text: string };
  readonly passkeys: readonly number[];
}

const EMPTY = 'empty';

interface Flow {
  readonly prepare: (device: MortalDevice) => Promise<unknown>;
  readonly act: (device: MortalDevice) => Promise<unknown>;
  readonly before: Ways | typeof EMPTY;
  readonly after: Ways | typeof EMPTY;
  /** Once it has come to an end the store is shut. */
  readonly locks?: boolean;
  /** A guess, and its answer: who learns anything by it has been counted. */
  readonly says?: 'lock-wrong' | 'lock-wiped';
}

const ways = (secret: Ways['secret'], ...passkeys: readonly number[]): Ways => ({ secret, passkeys });
const protect = (secret: typeof PIN | typeof WORDS | null, current = '', wipeAfter = 0) => {
  return ({ keyring }: MortalDevice) => keyring.protect(current, { secret, wipeAfter });
};
const withPin = protect(PIN);
const lockedWith =
  (wipeAfter = 0, wrongTries = 0) =>
  async (device: MortalDevice) => {
    await protect(PIN, '', wipeAfter)(device);
    await device.keyring.lock();
    for (let i = 0; i < wrongTries; i++) await device.keyring.unlock('000000').catch(() => undefined);
  };
const withPasskey = async (device: MortalDevice) => {
  await withPin(device);
  await device.keyring.addPasskey(PIN.text, passkeyOf(1), outputOf(1));
};
const wrongTry = ({ keyring }: MortalDevice) => keyring.unlock('000000');
const nothing = async () => undefined;
const bells = [{ relay: 'wss://relay.example', rid: new Uint8Array(24), doorbellSecret: new Uint8Array(32) }];

const FLOWS: Readonly<Record<string, Flow>> = {
  'setting a PIN': { prepare: nothing, act: withPin, before: ways(NONE), after: ways(PIN) },
  'changing it': { prepare: withPasskey, act: protect(WORDS, PIN.text), before: ways(PIN, 1), after: ways(WORDS) },
  'removing it': { prepare: withPasskey, act: protect(null, PIN.text), before: ways(PIN, 1), after: ways(NONE) },
  'changing it over the last wrong try': {
    prepare: protect(PIN, '', 1),
    act: protect(WORDS, '000000'),
    before: ways(PIN),
    after: EMPTY,
    says: 'lock-wiped',
  },
  'an unlock': { prepare: lockedWith(), act: ({ keyring }) => keyring.unlock(PIN.text), before: ways(PIN), after: ways(PIN) },
  'a wrong try': { prepare: lockedWith(0, 1), act: wrongTry, before: ways(PIN), after: ways(PIN), says: 'lock-wrong' },
  'the last wrong try': { prepare: lockedWith(3, 2), act: wrongTry, before: ways(PIN), after: EMPTY, says: 'lock-wiped' },
  'the right one after wrong ones': {
    prepare: lockedWith(3, 2),
    act: ({ keyring }) => keyring.unlock(PIN.text),
    before: ways(PIN),
    after: ways(PIN),
  },
  'adding a passkey': {
    prepare: withPasskey,
    act: ({ keyring }) => keyring.addPasskey(PIN.text, passkeyOf(2), outputOf(2)),
    before: ways(PIN, 1),
    after: ways(PIN, 1, 2),
  },
  'removing the passkeys': {
    prepare: withPasskey,
    act: ({ keyring }) => keyring.removePasskeys(PIN.text),
    before: ways(PIN, 1),
    after: ways(PIN),
  },
  'an unlock by passkey': {
    prepare: async (device) => {
      await withPasskey(device);
      await device.keyring.lock();
    },
    act: ({ keyring }) => keyring.unlockByPasskey(passkeyOf(1).credentialId, outputOf(1)),
    before: ways(PIN, 1),
    after: ways(PIN, 1),
  },
  'a lock': { prepare: withPin, act: ({ keyring }) => keyring.lock(), before: ways(PIN), after: ways(PIN), locks: true },
  'a start in the same session': {
    prepare: async (device) => {
      await withPin(device);
      device.startWorker();
    },
    act: ({ keyring }) => keyring.open(),
    before: ways(PIN),
    after: ways(PIN),
  },
  'keeping the bells': { prepare: withPin, act: ({ keyring }) => keyring.keepBells(bells), before: ways(PIN), after: ways(PIN) },
  'choosing when it locks': {
    prepare: withPin,
    act: ({ store }) => store.commit([{ kind: 'put', key: ['lock'], value: AUTO }]),
    before: ways(PIN),
    after: ways(PIN),
  },
  'deleting everything': { prepare: withPin, act: ({ keyring }) => keyring.wipe(), before: ways(PIN), after: EMPTY },
  'deleting everything while locked': { prepare: lockedWith(), act: ({ keyring }) => keyring.wipe(), before: ways(PIN), after: EMPTY },
};

let device = new MortalDevice();
afterEach(() => device.close());

const messageKey = (text: string) => ['message', 'c', text] as const;
const keep = (text: string) => device.store.commit([{ kind: 'put', key: messageKey(text), value: text }]);

/** Messages that come meanwhile. Given are those that were taken as durable, which is when they are acknowledged. */
function traffic(): string[] {
  const acknowledged: string[] = [];
  for (const text of ['four', 'five', 'six'])
    void keep(text).then(
      () => acknowledged.push(text),
      () => undefined,
    );
  return acknowledged;
}

async function waysInto(): Promise<Ways> {
  const root = await device.root();
  const opens = (unwrapped: Promise<unknown>) =>
    unwrapped.then(
      () => true,
      () => false,
    );
  const secrets = [];
  for (const secret of root.kind === 'none' ? [NONE] : [NONE, PIN, WORDS]) {
    if (await opens(unwrapRoot({ crypto, argon2id: quickArgon2id }, root, secret.text))) secrets.push(secret);
  }
  expect(secrets).toHaveLength(1);
  const passkeys = [];
  for (const name of [1, 2]) {
    const given = { credentialId: passkeyOf(name).credentialId, output: outputOf(name) };
    if (await opens(unwrapByPasskey(crypto, root, given))) passkeys.push(name);
  }
  expect(root.passkeys).toHaveLength(passkeys.length);
  return { secret: secrets[0] as Ways['secret'], passkeys };
}

async function expectFirstRun(): Promise<void> {
  expect(await device.keyring.open()).toBe(true);
  expect(await device.store.range(['message'])).toEqual([]);
  expect(await device.keyring.state()).toMatchObject({ secret: null, failed: 0 });
  await keep('anew');
  expect(await device.store.get(messageKey('anew'))).toBe('anew');
  expect(device.session).toBeNull();
}

async function expectWhole({ secret }: Ways, acknowledged: readonly string[]): Promise<void> {
  if (!(await device.keyring.open())) {
    expect(secret.kind).not.toBe('none');
    device.nowMs += 3600_000;
    await device.keyring.unlock(secret.text);
  }
  for (const text of [...EARLIER, ...acknowledged]) expect(await device.store.get(messageKey(text)), text).toBe(text);
  expect(device.damaged).toEqual([]);
  // The session has the key that opens, or none; and none where none is needed.
  if (secret.kind === 'none') expect(device.session).toBeNull();
}

/** As after what was done, as before what was refused; what died may be either. */
function expected({ before, after }: Flow, outcome: string): readonly Flow['before'][] {
  if (outcome === 'done' || outcome === 'lock-wiped') return [after];
  return outcome === 'died' ? [before, after] : [before];
}

async function expectBeforeOrAfter(states: readonly Flow['before'][], acknowledged: readonly string[], where: string): Promise<void> {
  device.startWorker();
  if ((await device.root()) === undefined) {
    expect(states, where).toContain(EMPTY);
    expect(await device.count(), where).toBe(0);
    return expectFirstRun();
  }
  const found = await waysInto();
  expect(states, where).toContainEqual(found);
  await expectWhole(found, acknowledged);
  device.startBrowser();
  await expectWhole(found, acknowledged);
}

const failedTries = async (): Promise<number> => (await device.raw<{ failed: number } | undefined>('vault-tries'))?.failed ?? 0;

test('the first start: stopped or refused at every call, the next one is as good as the first', async () => {
  let faults = 0;
  for (const how of FAULTS) {
    for (let at = 1; ; at++) {
      device.close();
      device = new MortalDevice();
      await device.suffer({ at, how }, () => device.keyring.open());
      if (device.struck === null) break;
      faults += 1;
      device.startWorker();
      await expectFirstRun();
    }
  }
  expect(faults).toBeGreaterThan(3);
});

for (const [what, flow] of Object.entries(FLOWS)) {
  test(`${what}: stopped or refused at every call, with messages coming in`, async () => {
    let faults = 0;
    for (const how of FAULTS) {
      for (let at = 1; ; at++) {
        device.close();
        device = new MortalDevice();
        await device.keyring.open();
        for (const text of EARLIER) await keep(text);
        await flow.prepare(device);
        const [tries, stretched] = [await failedTries(), device.stretched];
        let acknowledged: string[] = [];
        const outcome = await device.suffer({ at, how }, () => {
          acknowledged = traffic();
          return flow.act(device);
        });
        const where = `${what}, ${how} call ${at} (${device.struck}): ${outcome}`;
        // A browser that keeps no key for its session asks again; it holds up nothing, but what says so: a lock.
        if (device.struck === 'session' && how === 'refused' && !flow.locks) expect(outcome, where).toBe(flow.says ?? 'done');
        if (device.struck === 'disk' && how === 'refused') expect(outcome, where).not.toBe('internal');
        if (flow.locks && outcome !== 'died') await expect(keep('after'), where).rejects.toMatchObject({ code: 'locked' });
        const counts = device.stretched > stretched ? [tries + 1] : [tries, tries + 1];
        if (flow.says && (await device.root())) expect(counts, where).toContain(await failedTries());
        await expectBeforeOrAfter(expected(flow, outcome), [...acknowledged], where);
        if (device.struck === null) break;
        faults += 1;
      }
    }
    expect(faults).toBeGreaterThan(3);
  });
}
