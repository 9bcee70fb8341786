/** Rounds of talk in which workers, hosts, the relay and browsers die at drawn moments: nothing lost, nothing twice, in order. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { getInTouch, type InTouch, type Person, reopen, textsFrom } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { seeded } from '../support/seed';
import { say, shownMessages } from '../support/walk';

const ROUNDS = 20;
const MESSAGES_PER_ROUND = 10;
const FAULTS = ['none', 'none', 'worker', 'worker', 'host', 'relay', 'browser'] as const;
const ROUND_MS = 90_000;
const COMMIT_MS = 500;

type Fault = (typeof FAULTS)[number];

let pair: InTouch | null = null;
let relay: RelayProcess | null = null;

afterEach(async () => {
  await pair?.end();
  await relay?.stop();
  pair = relay = null;
});

function chromium({ browser }: Person): ChromiumBrowser {
  if (!(browser instanceof ChromiumBrowser)) throw new Error('only Chromium has a worker and a host to kill');
  return browser;
}

/** What is not yet committed is not promised: only the listener's browser dies, and after a moment for what it said before. */
async function strike(fault: Fault, speaker: Person, listener: Person): Promise<void> {
  switch (fault) {
    case 'none':
      return;
    case 'worker':
      return chromium(listener).killWorker();
    case 'host':
      return chromium(listener).closeOffscreen();
    case 'relay': {
      const { port, dataDir } = relay as RelayProcess;
      await relay?.kill('SIGKILL');
      relay = await startRelay({ port, dataDir });
      return;
    }
    case 'browser':
      await pause(COMMIT_MS);
      return reopen(listener, speaker.name, { isHard: true });
    default:
      return fault satisfies never;
  }
}

/** This round's messages, on both screens, in each sender's order, and confirmed. */
async function roundIsWhole(round: string, said: ReadonlyMap<Person, readonly string[]>): Promise<void> {
  for (const [person, mine] of said) {
    const theirs = [...said].find(([other]) => other !== person)?.[1] ?? [];
    const ofRound = async (isMine: boolean) => (await textsFrom(person.panel, isMine)).filter((text) => text.startsWith(round));
    const isWhole = async () => (await ofRound(true)).join() === mine.join() && (await ofRound(false)).join() === theirs.join();
    await until(isWhole, `${person.name} has all of ${round}`, ROUND_MS);
    const areConfirmed = async () =>
      (await shownMessages(person.panel)).every(({ isMine, state }) => !isMine || /^(Delivered|Read)/.test(state));
    await until(areConfirmed, `what ${person.name} said in ${round} is confirmed`, ROUND_MS);
  }
}

test(`${ROUNDS} rounds of talk with drawn faults`, async () => {
  const random = seeded('soak pipe');
  const draw = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  pair = await getInTouch(['chromium', 'chromium']);
  relay = pair.relay;
  const people = [pair.ana, pair.jun];
  for (let number = 0; number < ROUNDS; number++) {
    const round = `round ${number} `;
    const said = new Map<Person, string[]>(people.map((person) => [person, []]));
    const struck: Fault[] = [];
    for (let i = 0; i < MESSAGES_PER_ROUND; i++) {
      const speaker = draw(people);
      const listener = speaker === pair.ana ? pair.jun : pair.ana;
      const text = `${round}message ${i}`;
      said.get(speaker)?.push(text);
      await say(speaker.panel, listener.name, text);
      await pause(random() * 80);
      const fault = draw(FAULTS);
      struck.push(fault);
      await strike(fault, speaker, listener);
    }
    console.log(`${round}${struck.join(' ')}`);
    await roundIsWhole(round, said);
  }
});
