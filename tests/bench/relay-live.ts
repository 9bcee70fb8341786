/** This relay, a bare forwarder and mosquitto, by turns: messages for a second of the server's CPU, and messages stored in a second. */
import { type Figure, type Measure, ratioOf, spreadOf } from './figures';
import { startForwarder } from './relay-bare';
import { type Contestant, cpuSeconds, type Keeper, pass } from './relay-contest';
import { startMosquitto } from './relay-mosquitto';
import { startTincan } from './relay-tincan';

interface Size {
  readonly rounds: number;
  /** Not counted. */
  readonly warmUp: number;
  readonly messages: number;
}

const LIVE: Size = { rounds: 11, warmUp: 2, messages: 20_000 };
/** Few, since mosquitto writes all that it holds at each change. */
const ACCEPT: Size = { rounds: 11, warmUp: 1, messages: 2000 };
const SHORT = { rounds: 3, warmUp: 1 };

/** Whoever began a round ends the next one. */
async function byTurns<Name extends string, Any extends Contestant>(
  size: Size,
  contest: Readonly<Record<Name, Any>>,
  measure: (contestant: Any) => Promise<number>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contest) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let i = 0; i < size.warmUp + size.rounds; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) {
      const sample = await measure(contest[name]);
      if (i >= size.warmUp) samples[name].push(sample);
    }
  }
  return samples;
}

async function perCpuSecond(contestant: Contestant, messages: number): Promise<number> {
  const before = cpuSeconds(contestant.pid);
  const passed = await pass(contestant, messages);
  return passed / (cpuSeconds(contestant.pid) - before);
}

/** With nobody there to read. */
async function acceptedPerSecond(keeper: Keeper, messages: number): Promise<number> {
  await keeper.leaveReaders();
  const start = performance.now();
  const accepted = await pass(keeper, messages, false);
  const seconds = (performance.now() - start) / 1000;
  await keeper.drain();
  return accepted / seconds;
}

async function* measure(
  contest: { readonly tincan: Keeper; readonly bare: Contestant; readonly mosquitto: Keeper },
  say: (what: string) => void,
  isShort: boolean,
): AsyncGenerator<Figure> {
  const { tincan, mosquitto } = contest;
  await tincan.drain();
  say('writer to reader, three servers by turns');
  const live = await byTurns({ ...LIVE, ...(isShort && SHORT) }, contest, (server) =>
    perCpuSecond(server, isShort ? LIVE.messages / 4 : LIVE.messages),
  );
  yield ratioOf('relay/live/vs-forwarder', spreadOf(live.tincan), spreadOf(live.bare));
  yield ratioOf('relay/live/vs-mosquitto', spreadOf(live.tincan), spreadOf(live.mosquitto));
  say('stored with nobody there, two servers by turns');
  const accepted = await byTurns({ ...ACCEPT, ...(isShort && SHORT) }, { tincan, mosquitto }, (server) =>
    acceptedPerSecond(server, ACCEPT.messages),
  );
  yield ratioOf('relay/accept/vs-mosquitto', spreadOf(accepted.tincan), spreadOf(accepted.mosquitto));
}

export const measureContest: Measure = async function* (say, isShort) {
  const started: Contestant[] = [];
  const start = async <Any extends Contestant>(starting: Promise<Any>): Promise<Any> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  try {
    const tincan = await start(startTincan());
    const bare = await start(startForwarder());
    const mosquitto = await start(startMosquitto());
    yield* measure({ tincan, bare, mosquitto }, say, isShort);
  } finally {
    for (const server of started) await server.stop();
  }
};
