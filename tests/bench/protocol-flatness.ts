/** What a message costs in a conversation of 100,000 of them, over what it costs in one that has just begun. */
import { webcrypto } from 'node:crypto';
import type { Figure } from './figures';
import { ratioOf } from './figures';
import type { BuiltLab } from './protocol-build';
import { byTurns } from './protocol-rounds';
import { type Side, sendMany, TEXT_BYTES } from './protocol-talk';
import type { StoredTalk } from './protocol-tincan';

const YOUNG = 10;
const OLD = 100_000;
/** People write a few messages, then the other does. */
const BURST = 5;
/** Over several epochs of the braid: within one, messages differ more than conversations do. */
const ROUNDS = { count: 200, warmUp: 10, size: 2 * BURST };

async function grow(talk: StoredTalk, messages: number): Promise<StoredTalk> {
  for (let sent = 0; sent < messages; sent += BURST) {
    const from: Side = (sent / BURST) % 2 === 0 ? 'alice' : 'bob';
    await sendMany(talk, from, new Uint8Array(TEXT_BYTES), BURST);
  }
  return talk;
}

export async function* measureFlatness({ tincan, pooledEngine }: BuiltLab['here']): AsyncGenerator<Figure> {
  const workload = tincan(pooledEngine(webcrypto));
  const meet = async () => (await workload.prepare())(new Uint8Array(TEXT_BYTES));
  const [young, old] = [await grow(await meet(), YOUNG), await grow(await meet(), OLD)];
  const { ofOld, ofYoung } = await byTurns(ROUNDS, { ofOld: () => grow(old, 2 * BURST), ofYoung: () => grow(young, 2 * BURST) });
  yield ratioOf('protocol/flatness', ofOld, ofYoung);
}
