/** What waits on the relay while a browser is off: how soon its user is told, and how soon 500 of them are on the screen. */
import { setTimeout as pause } from 'node:timers/promises';
import { type PanelDriver, until } from '../support/browsers';
import { requireBrowser } from '../support/browsers-installed';
import { launchChromium } from '../support/browsers-launch';
import { builtFolder } from '../support/build';
import { RawChromium } from '../support/chromium-raw';
import { contactOf } from '../support/in-touch';
import * as walk from '../support/walk';
import { type Figure, p95Of, spreadOf } from './figures';
import { give, type Marks, type Size } from './messages-lab';
import type { Person } from './pipe-pair';

const HELD_MS = 120_000;
const TOLD_MS = 30_000;
/** The first start on a profile that was used differently is not counted. */
const WARM_UP = 1;
const BETWEEN_MS = 1000;

interface Sleeper {
  readonly name: string;
  readonly profile: string;
}

/** The sender knows that the relay, or the contact, has the newest; so it has those before. */
async function newestIs(panel: PanelDriver, stages: readonly string[]): Promise<void> {
  const isThere = async () => stages.includes((await contactOf(panel)).last?.delivery?.stage ?? '');
  await until(isThere, `the newest message is ${stages.join(' or ')}`, HELD_MS);
}

async function startOnce(ana: Person, { profile }: Sleeper, text: string): Promise<number> {
  const { id } = await contactOf(ana.panel);
  await give(ana.panel, { kind: 'message.send', contactId: id, text, routing: 'relay' });
  await newestIs(ana.panel, ['held']);
  const raw = await RawChromium.launch({ executable: requireBrowser('chromium'), extension: builtFolder('chromium'), profile });
  try {
    await until(() => raw.hasWorker(), 'the worker starts', TOLD_MS);
    const marksOf = () => raw.background((scope) => (scope as unknown as { marks: Marks }).marks);
    const { startedAtMs, notifiedAtMs } = await until(
      async () => {
        const marks = await marksOf();
        return marks.notifiedAtMs.length > 0 ? marks : null;
      },
      `“${text}” is notified`,
      TOLD_MS,
    );
    await newestIs(ana.panel, ['delivered', 'read']);
    return (notifiedAtMs[0] as number) - startedAtMs;
  } finally {
    await raw.close();
    await pause(BETWEEN_MS);
  }
}

interface Waiting {
  shownAt: Promise<number>;
}

/** In the panel's chat: when so many of these texts, the last of them too, are first drawn. */
function watchDrain(last: string): void {
  const here = globalThis as unknown as Waiting;
  here.shownAt = new Promise((resolve) => {
    const look = () => {
      const newest = document.querySelector('[role=log]')?.firstElementChild?.lastElementChild;
      if (newest?.querySelector('p')?.textContent !== last) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
  });
}

/** In the panel: one after the other, as fast as the background stores them. */
function sendAll(contactId: string, texts: readonly string[]): void {
  const port = chrome.runtime.connect({ name: 'view' });
  const left = [...texts];
  const next = () => {
    const text = left.shift();
    const id = crypto.randomUUID().replaceAll('-', '');
    if (text === undefined) port.disconnect();
    else port.postMessage({ kind: 'message.send', id, contactId, text, routing: 'relay' });
  };
  port.onMessage.addListener(({ kind }: { kind: string }) => kind === 'result' && next());
  next();
}

interface Drained {
  readonly shownMs: number;
  readonly chatMs: number;
  /** Of them in the page at the end; those before its window are a press away. */
  readonly drawn: number;
}

async function drainOnce(sleeper: Sleeper, from: string, round: string, count: number): Promise<Drained> {
  const browser = await launchChromium({ profile: sleeper.profile });
  try {
    const panel = await browser.openPanel();
    await walk.openChat(panel, from);
    const chatAtMs = Date.now();
    await panel.eval(watchDrain, `${round} ${count - 1}`);
    const shown = () =>
      panel.eval(() => Promise.race([(globalThis as unknown as Waiting).shownAt, new Promise<null>((r) => setTimeout(r, 2000, null))]));
    const shownAtMs = await until<number | null>(shown, 'all are shown', HELD_MS);
    const { startedAtMs } = await browser.background((scope) => (scope as unknown as { marks: Marks }).marks);
    const texts = (await walk.shownMessages(panel)).map(({ text }) => text).filter((text) => text.startsWith(`${round} `));
    const isInOrder = texts.every((text, i) => text === `${round} ${count - texts.length + i}`);
    if (!isInOrder) throw new Error('the drained messages are not in their order');
    await pause(BETWEEN_MS);
    return { shownMs: shownAtMs - startedAtMs, chatMs: chatAtMs - startedAtMs, drawn: texts.length };
  } finally {
    await browser.close();
  }
}

export async function* measureHeld(
  ana: Person,
  jun: Sleeper,
  { starts, drained, drains }: Size,
  say: (what: string) => void,
  isWanted: (part: string) => boolean,
): AsyncGenerator<Figure> {
  if (isWanted('held')) {
    const tookMs: number[] = [];
    for (let i = 0; i < starts + WARM_UP; i++) {
      say(`a browser starts to one held message, ${i + 1} of ${starts + WARM_UP}`);
      const each = await startOnce(ana, jun, `held ${i}`);
      if (i >= WARM_UP) tookMs.push(each);
    }
    yield p95Of('messages/held-to-notified/p95', tookMs);
  }
  if (!isWanted('drain')) return;
  const rounds: Drained[] = [];
  let { panel } = ana;
  for (let i = 0; i < drains; i++) {
    say(`${drained} messages wait, ${i + 1} of ${drains}`);
    const round = `drain ${i}`;
    const texts = Array.from({ length: drained }, (_, each) => `${round} ${each}`);
    await panel.eval(sendAll, (await contactOf(panel)).id, texts);
    await until(async () => (await contactOf(panel)).last?.text === texts.at(-1), 'all are written', HELD_MS);
    await newestIs(panel, ['held']);
    // The writer's browser is off meanwhile: it would have its share of this machine.
    await ana.browser.relaunch({ whileClosed: async () => void rounds.push(await drainOnce(jun, ana.name, round, drained)) });
    panel = await ana.browser.openPanel();
  }
  const spread = spreadOf(rounds.map(({ shownMs }) => shownMs));
  const raw = { ...spread, chatOpen: spreadOf(rounds.map(({ chatMs }) => chatMs)), drawn: rounds.map((round) => round.drawn) };
  yield { figure: 'messages/drain-500', value: spread.p50, unit: 'ms', n: rounds.length, raw };
}
