/** Rounds of talk in which workers, hosts, the relay and browsers die at drawn moments: nothing lost, nothing twice, in order. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, test } from 'vitest';
import { getInTouch, type InTouch, type Person, reopen } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { seeded } from '../support/seed';
import { say } from '../support/walk';
import { chromium, roundIsWhole } from './rounds';

const ROUNDS = 20;
const MESSAGES_PER_ROUND = 10;
const FAULTS = ['none', 'none', 'worker', 'worker', 'host', 'relay', 'browser'] as const;
const COMMIT_MS = 500;

type Fault = (typeof FAULTS)[number];

let pair: InTouch | null = null;
let relay: RelayProcess | null = null;

afterEach(async () => {
  await pair?.end();
  await relay?.stop();
  pair = relay = null;
});

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
