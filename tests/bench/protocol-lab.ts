/**
 * What is built as the product is built, so that it is measured as it runs there: for this Node, and as the background of an
 * extension that holds nothing else. The benches start it as `lab`.
 */
import { pooledEngine } from '../../lib/protocol/key-pool';
import type { Spread } from './figures';
import { RAW } from './protocol-raw';
import { byTurns } from './protocol-rounds';
import { sendMany, TEXT_BYTES, takeTurns } from './protocol-talk';
import { tincan } from './protocol-tincan';

export { pooledEngine, RAW, tincan };

export type Contest = 'same-direction' | 'dh-turn' | 'session-setup';

const MESSAGES = 24;

/** In a browser: ours, and what WebCrypto alone takes for the calls that no implementation gets around. */
export async function measureHere(contest: Contest, count: number): Promise<{ readonly ours: Spread; readonly raw: Spread }> {
  const text = new Uint8Array(TEXT_BYTES);
  const workload = tincan(pooledEngine(crypto));
  const talk = await (await workload.prepare())(text);
  await takeTurns(talk, text, MESSAGES);
  const raw = await RAW[contest]();
  const repeat = async (run: () => Promise<unknown>) => {
    for (let i = 0; i < MESSAGES; i++) await run();
  };
  const warmUp = Math.ceil(count / 5);
  switch (contest) {
    case 'same-direction':
      return byTurns(
        { count, warmUp, size: MESSAGES },
        { ours: (i) => sendMany(talk, i % 2 === 0 ? 'alice' : 'bob', text, MESSAGES), raw: () => repeat(raw) },
      );
    case 'dh-turn':
      return byTurns({ count, warmUp, size: MESSAGES }, { ours: () => takeTurns(talk, text, MESSAGES), raw: () => repeat(raw) });
    case 'session-setup': {
      const prepared: Awaited<ReturnType<typeof workload.prepare>>[] = [];
      for (let i = 0; i < warmUp + count; i++) prepared.push(await workload.prepare());
      return byTurns({ count, warmUp, size: 1 }, { ours: async (i) => prepared[i]?.(text), raw });
    }
    default:
      return contest satisfies never;
  }
}

Object.assign(globalThis, { lab: { measureHere } });
