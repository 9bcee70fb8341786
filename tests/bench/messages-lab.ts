/** What the parts of this group share: two people with much stored, commands as a page gives them, and marks in the background. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ViewResult } from '../../lib/app/view';
import type { PanelDriver } from '../support/browsers';
import { builtFolder } from '../support/build';
import * as walk from '../support/walk';
import { openPair, type Person } from './pipe-pair';
import { growTalk, openLab } from './storage-seed';

export interface Size {
  readonly stored: number;
  readonly blocks: number;
  readonly burst: number;
  readonly starts: number;
  readonly drained: number;
  readonly drains: number;
  readonly quietContacts: number;
  readonly idleMinutes: number;
}

/** What one person sends at once here, and who has fifty contacts made in a minute, is more than a relay takes from one address. */
export const PATIENT = {
  LOG_LEVEL: 'error',
  LIMITS:
    'sendsPerQueue=10000,sendsPerQueueBurst=10000,sendsPerConnection=10000,sendsPerConnectionBurst=10000,newQueuesBurst=1000,boxPutsBurst=1000',
};

/** Until what getting in touch begins (keys in boxes, rights proved) is done. */
const SETTLE_MS = 4000;

export interface Marks {
  readonly startedAtMs: number;
  readonly notifiedAtMs: readonly number[];
}

/** Runs before the background's own first line; times are milliseconds since 1970. */
function mark(): void {
  const now = () => performance.timeOrigin + performance.now();
  const marks = { startedAtMs: now(), notifiedAtMs: [] as number[] };
  Object.assign(globalThis, { marks });
  type Api = { notifications: { create: (...args: unknown[]) => Promise<unknown> | undefined } };
  const { chrome: one, browser: other = one } = globalThis as unknown as { chrome: Api; browser?: Api };
  for (const notifications of new Set([one.notifications, other.notifications])) {
    const create = notifications.create.bind(notifications);
    notifications.create = (...args) => {
      const shown = () => marks.notifiedAtMs.push(now());
      const last = args.at(-1);
      if (typeof last !== 'function') {
        const done = create(...args);
        void done?.then(shown);
        return done;
      }
      return create(...args.slice(0, -1), (...answer: unknown[]) => {
        shown();
        last(...answer);
      });
    };
  }
}

/** In the build at hand, which is thrown away afterwards. */
export async function markBackground(): Promise<void> {
  const path = join(builtFolder('chromium'), 'background.js');
  await writeFile(path, `{ const __name = (f) => f; (${String(mark)})(); }\n${await readFile(path, 'utf8')}`);
}

/** As a page gives one, and its answer. @throws {Error} when it is refused. */
export async function give(panel: PanelDriver, command: Readonly<Record<string, unknown>>): Promise<void> {
  const result = await panel.eval(
    (frame: Readonly<Record<string, unknown>>) =>
      new Promise<ViewResult>((resolve) => {
        const id = crypto.randomUUID().replaceAll('-', '');
        const port = chrome.runtime.connect({ name: 'view' });
        port.onMessage.addListener((answer: { kind: string; id: string; result: ViewResult }) => {
          if (answer.kind !== 'result' || answer.id !== id) return;
          port.disconnect();
          resolve(answer.result);
        });
        port.postMessage({ ...frame, id });
      }),
    command,
  );
  if (!result.ok) throw new Error(`${String(command.kind)} was refused: ${result.code}`);
}

async function withStored({ browser, panel, name }: Person, other: string, count: number): Promise<Person> {
  await panel.close();
  const lab = await openLab(browser);
  const contacts = await lab.call('contacts');
  await growTalk(browser, lab, new Map(contacts.map((id) => [id, 0])), count);
  await lab.close();
  const anew = await browser.openPanel();
  await walk.openChat(anew, other);
  return { name, browser, panel: anew };
}

/** Both chats open, the string whole; `junsProfile` outlives Jun's browser. */
export async function openStoredPair(
  relay: string,
  count: number,
  junsProfile: string,
): Promise<{ readonly ana: Person; readonly jun: Person }> {
  const pair = await openPair(relay, junsProfile);
  await pause(SETTLE_MS);
  const ana = await withStored(pair.ana, pair.jun.name, count);
  const jun = await withStored(pair.jun, pair.ana.name, count);
  for (const { panel } of [ana, jun]) await panel.waitForText(walk.word('string_open'), 60_000);
  return { ana, jun };
}
