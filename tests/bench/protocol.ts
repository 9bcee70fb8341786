/**
 * Tincan's Triple Ratchet beside libsignal's, by turns in one process: 256 bytes, sealed and opened, both sessions read from
 * bytes and stored as bytes at each message. Then by itself in both browsers, where libsignal can't go.
 */
import { webcrypto } from 'node:crypto';
import type { Figure, Measure } from './figures';
import { measureBrowsers } from './protocol-browsers';
import { type BuiltLab, buildLab } from './protocol-build';
import { measureFlatness } from './protocol-flatness';
import { checkTripleRatchet, libsignal } from './protocol-libsignal';
import { nativeEngine } from './protocol-native';
import { byTurns, speedOf } from './protocol-rounds';
import { measureStored } from './protocol-stored';
import { type Side, sendMany, sendOne, type Talk, TEXT_BYTES, takeTurns, type Workload } from './protocol-talk';

const SET_UP = { count: 60, warmUp: 10, size: 1 };
const MESSAGES = 24;
const TALKS = { count: 200, warmUp: 20, size: MESSAGES };

const TEXT = webcrypto.getRandomValues(new Uint8Array(TEXT_BYTES));

/** Other people each time: a session beside older ones would be another task. */
async function settingUp<Message>({ prepare }: Workload<Message>): Promise<(index: number) => Promise<unknown>> {
  const prepared: Awaited<ReturnType<typeof prepare>>[] = [];
  for (let i = 0; i < SET_UP.warmUp + SET_UP.count; i++) prepared.push(await prepare());
  return async (index) => prepared[index]?.(TEXT);
}

async function met<Message>({ prepare }: Workload<Message>): Promise<Talk<Message>> {
  const talk = await (await prepare())(TEXT);
  await takeTurns(talk, TEXT, MESSAGES);
  return talk;
}

const sender = (index: number): Side => (index % 2 === 0 ? 'alice' : 'bob');

async function oneByOne<Message>(talk: Talk<Message>, from: Side): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) await sendOne(talk, from, TEXT);
}

const repeated = (run: () => Promise<void>) => async () => {
  for (let i = 0; i < MESSAGES; i++) await run();
};

/**
 * The figures are over WebCrypto, as in the product. Beside them: `webcrypto-alone`, its calls and nothing else, the most that this
 * Node allows; and `native-engine`, the same protocol over primitives that answer in the same thread, as libsignal's do.
 */
async function* measureBesideLibsignal({ tincan, pooledEngine, RAW }: BuiltLab['here']): AsyncGenerator<Figure> {
  const engine = pooledEngine(webcrypto);
  const [ours, native, theirs] = [await met(tincan(engine)), await met(tincan(nativeEngine(engine))), await met(libsignal)];
  await checkTripleRatchet(await theirs.seal('alice', TEXT));

  const same = await byTurns(TALKS, {
    ours: (index) => sendMany(ours, sender(index), TEXT, MESSAGES),
    theirs: (index) => sendMany(theirs, sender(index), TEXT, MESSAGES),
  });
  yield speedOf('protocol/same-direction/vs-libsignal', same.ours, same.theirs);
  const single = await byTurns(TALKS, {
    ours: (index) => oneByOne(ours, sender(index)),
    native: (index) => oneByOne(native, sender(index)),
    raw: repeated(await RAW['same-direction']()),
    theirs: (index) => oneByOne(theirs, sender(index)),
  });
  yield speedOf('protocol/same-direction/one-by-one', single.ours, single.theirs);
  yield speedOf('protocol/same-direction/native-engine', single.native, single.theirs);
  yield speedOf('protocol/same-direction/webcrypto-alone', single.raw, single.theirs);

  const turns = await byTurns(TALKS, {
    ours: () => takeTurns(ours, TEXT, MESSAGES),
    native: () => takeTurns(native, TEXT, MESSAGES),
    raw: repeated(await RAW['dh-turn']()),
    theirs: () => takeTurns(theirs, TEXT, MESSAGES),
  });
  yield speedOf('protocol/dh-turn/vs-libsignal', turns.ours, turns.theirs);
  yield speedOf('protocol/dh-turn/native-engine', turns.native, turns.theirs);
  yield speedOf('protocol/dh-turn/webcrypto-alone', turns.raw, turns.theirs);

  const setUp = await byTurns(SET_UP, { ours: await settingUp(tincan(engine)), theirs: await settingUp(libsignal) });
  yield speedOf('protocol/session-setup/vs-libsignal', setUp.ours, setUp.theirs);
}

export const measureProtocol: Measure = async function* (say) {
  say('building');
  const lab = await buildLab();
  try {
    say('beside libsignal');
    yield* measureBesideLibsignal(lab.here);
    say('100,000 messages');
    yield* measureFlatness(lab.here);
    yield* measureStored();
    yield* measureBrowsers(lab, say);
  } finally {
    lab.remove();
  }
};
