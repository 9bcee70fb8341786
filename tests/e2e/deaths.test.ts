/** Anything may die at any moment: nothing is lost, nothing comes twice, and every state tells the truth. */
import { afterEach, test } from 'vitest';
import { until } from '../support/browsers';
import { ChromiumBrowser } from '../support/chromium';
import { allArrived, getInTouch, type InTouch, type Person, reopen, stringIsWhole } from '../support/in-touch';
import { type RelayProcess, startRelay } from '../support/relay';
import { seeded } from '../support/seed';
import { openChat, say, shownMessages, word } from '../support/walk';

const KILLS = 20;

let pair: InTouch | null = null;
let restarted: RelayProcess | null = null;
afterEach(async () => {
  await pair?.end();
  await restarted?.stop();
  pair = restarted = null;
});

/** What each side has said so far; `say` keeps the account. */
class Account {
  readonly byAna: string[] = [];
  readonly byJun: string[] = [];
  readonly #pair: InTouch;

  constructor(between: InTouch) {
    this.#pair = between;
  }

  async say(person: Person): Promise<void> {
    const { ana, jun } = this.#pair;
    const [said, other] = person === ana ? [this.byAna, jun] : [this.byJun, ana];
    const text = `${person.name} ${said.length}`;
    said.push(text);
    await say(person.panel, other.name, text);
  }

  /** A browser that dies before a message is stored takes it along; the screen says until then that it is being saved. */
  async stored({ panel }: Person): Promise<void> {
    const isSaving = ({ state }: { state: string }) => state === word('state_saving');
    await until(async () => !(await shownMessages(panel)).some(isSaving), 'what was said is stored');
  }

  arrived(): Promise<void> {
    return allArrived(this.#pair, this.byAna, this.byJun, 45_000);
  }
}

function chromium({ browser }: Person): ChromiumBrowser {
  if (!(browser instanceof ChromiumBrowser)) throw new Error('only Chromium has a worker to kill');
  return browser;
}

test(`a worker killed at ${KILLS} points of sending and receiving`, async () => {
  const random = seeded('worker kills');
  pair = await getInTouch(['chromium', 'chromium']);
  const account = new Account(pair);
  const people = [pair.ana, pair.jun];
  for (let kill = 0; kill < KILLS; kill++) {
    const [speaker, victim] = [people[kill % 2] as Person, people[Math.floor(random() * 2)] as Person];
    await account.say(speaker);
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
    await chromium(victim).killWorker();
  }
  await account.arrived();
}, 180_000);

test('the offscreen document closed, the relay killed, a browser killed and reopened, in mid-conversation', async () => {
  pair = await getInTouch(['chromium', 'chromium']);
  const { ana, jun, relay } = pair;
  const account = new Account(pair);
  await account.say(ana);
  await chromium(ana).closeOffscreen();
  await Promise.all([account.say(ana), account.say(jun)]);
  await account.arrived();

  await relay.kill('SIGKILL');
  await account.say(jun);
  await chromium(jun).closeOffscreen();
  await Promise.all([account.say(ana), account.say(jun)]);
  restarted = await startRelay({ port: relay.port, dataDir: relay.dataDir });
  await account.arrived();

  await account.say(ana);
  await jun.browser.relaunch({ isHard: true });
  await account.say(ana);
  jun.panel = await jun.browser.openPanel();
  await openChat(jun.panel, 'Ana');
  await account.say(jun);
  await account.arrived();
  await stringIsWhole(pair);
}, 180_000);

test('Firefox killed and reopened, and the relay with it', async () => {
  pair = await getInTouch(['firefox', 'chromium']);
  const { ana, jun, relay } = pair;
  const account = new Account(pair);
  await account.say(jun);
  await account.arrived();
  await Promise.all([account.say(ana), account.say(jun)]);
  await account.stored(ana);
  await ana.browser.relaunch({ isHard: true });
  await relay.kill('SIGKILL');
  await account.say(jun);
  restarted = await startRelay({ port: relay.port, dataDir: relay.dataDir });
  await reopen(ana, 'Jun', { isHard: true });
  await account.say(ana);
  await account.arrived();
}, 180_000);
