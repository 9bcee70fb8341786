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
import { type Side, sendOne, type Talk, TEXT_BYTES, takeTurns, type Workload } from './protocol-talk';

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
 * libsignal computes in its caller's thread, so the figures are of an engine that does too: Node's own primitives. Beside them, the
 * same over WebCrypto, which in Node sends each call to another thread and waits, and `webcrypto-alone`, those calls and nothing else. What
 * WebCrypto costs where the product runs, the browsers' figures say.
 */
async function* measureBesideLibsignal({ tincan, pooledEngine, RAW }: BuiltLab['here']): AsyncGenerator<Figure> {
  const engine = pooledEngine(webcrypto);
  const own = nativeEngine(engine);
  const [ours, waiting, theirs] = [await met(tincan(own)), await met(tincan(engine)), await met(libsignal)];
  await checkTripleRatchet(await theirs.seal('alice', TEXT));

  const same = await byTurns(TALKS, {
    ours: (index) => oneByOne(ours, sender(index)),
    waiting: (index) => oneByOne(waiting, sender(index)),
    raw: repeated(await RAW['same-direction']()),
    theirs: (index) => oneByOne(theirs, sender(index)),
  });
  yield speedOf('protocol/same-direction/vs-libsignal', same.ours, same.theirs);
  yield speedOf('protocol/same-direction/over-webcrypto', same.waiting, same.theirs);
  yield speedOf('protocol/same-direction/webcrypto-alone', same.raw, same.theirs);

  const turns = await byTurns(TALKS, {
    ours: () => takeTurns(ours, TEXT, MESSAGES),
    waiting: () => takeTurns(waiting, TEXT, MESSAGES),
    raw: repeated(await RAW['dh-turn']()),
    theirs: () => takeTurns(theirs, TEXT, MESSAGES),
  });
  yield speedOf('protocol/dh-turn/vs-libsignal', turns.ours, turns.theirs);
  yield speedOf('protocol/dh-turn/over-webcrypto', turns.waiting, turns.theirs);
  yield speedOf('protocol/dh-turn/webcrypto-alone', turns.raw, turns.theirs);

  const setUp = await byTurns(SET_UP, {
    ours: await settingUp(tincan(own)),
    waiting: await settingUp(tincan(engine)),
    theirs: await settingUp(libsignal),
  });
  yield speedOf('protocol/session-setup/vs-libsignal', setUp.ours, setUp.theirs);
  yield speedOf('protocol/session-setup/over-webcrypto', setUp.waiting, setUp.theirs);
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
