/**
 * The ways in which a device with a PIN is killed in the storage soak. Where a kill must fall inside a transaction, the worker
 * itself waits there for it: a hook in it lets the drawn write begin, notes that, and holds the worker's only thread until it
 * is dead, so that the write was asked for and never committed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { PanelDriver } from '../support/browsers';
import { until } from '../support/browsers';
import { contactOf, type Person } from '../support/in-touch';
import { openChat, openSettings, shownMessages, word } from '../support/walk';
import { chromium } from './rounds';

const SECRET = 'input[type=password]';
const button = (key: string) => ({ role: 'button', name: word(key) });

/** A person, the other one they talk to, and the PIN that opens their device. */
export interface Locked {
  readonly person: Person;
  readonly other: Person;
  pin: string;
}

const isLocked = async (panel: PanelDriver) => (await panel.text('main')).includes(word('lock_title'));

async function openLockSettings(panel: PanelDriver): Promise<void> {
  await panel.click(button('back'), 30_000);
  await openSettings(panel, 'lock_settings');
}

async function backToChat({ person: { panel }, other }: Locked): Promise<void> {
  for (let i = 0; i < 2; i++) await panel.click(button('back'), 30_000);
  await openChat(panel, other.name);
}

export async function setPin(locked: Locked): Promise<void> {
  const { panel } = locked.person;
  await openLockSettings(panel);
  await panel.fill(`form ${SECRET}`, locked.pin);
  await panel.click(button('lock_set'));
  await panel.waitForText(word('lock_saved'), 30_000);
  await backToChat(locked);
}

async function unlock(panel: PanelDriver, pin: string): Promise<boolean> {
  await panel.fill(SECRET, pin);
  await panel.click(button('lock_open'));
  const isAnswered = async () => !(await isLocked(panel)) || (await panel.text('main')).includes(word('error_lock_wrong'));
  await until(isAnswered, 'the PIN is judged', 60_000);
  return !(await isLocked(panel));
}

/** The worker that was given the PIN dies over it: the page asks the next one again. */
export async function killOverUnlock(locked: Locked, afterMs: number): Promise<void> {
  const { person } = locked;
  const { panel } = person;
  await openLockSettings(panel);
  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  await panel.fill(SECRET, locked.pin);
  await killAfter(person, afterMs)(() => panel.click(button('lock_open')));
  await until(async () => !(await isLocked(panel)), 'open again', 60_000);
  await backToChat(locked);
}

/** The worker dies while it wraps the key anew. Asked again it is done once, and one PIN opens the device: never both, never none. */
export async function killOverPinChange(
  locked: Locked,
  next: string,
  kill: (change: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  const { person, pin } = locked;
  const { panel } = person;
  await openLockSettings(panel);
  await panel.fill(`form ${SECRET}`, pin);
  await panel.fill(`form > :nth-child(2) ${SECRET}`, next);
  await kill(() => panel.click(button('lock_change')));
  // The next worker says that it is done, or that the PIN given is not the one: then the one that died had done it.
  const answers = [word('lock_saved'), word('error_lock_wrong')];
  const isAnswered = async () => {
    const text = await panel.text('main');
    return answers.some((answer) => text.includes(answer));
  };
  await until(isAnswered, 'the change is answered', 60_000);
  await panel.click(button('lock_now'), 30_000);
  await panel.waitForText(word('lock_title'), 30_000);
  if (await unlock(panel, pin)) throw new Error('the old PIN still opens what was said to have another');
  if (!(await unlock(panel, next))) throw new Error('neither PIN opens');
  locked.pin = next;
  await backToChat(locked);
}

/** So many milliseconds into it. */
export function killAfter(person: Person, afterMs: number) {
  return (act: () => Promise<void>): Promise<void> =>
    chromium(person).killWorker(async () => {
      await act();
      await pause(afterMs);
    });
}

/** Everything dies but what is on the disk. What was said before is stored by then. */
export async function killBrowser(locked: Locked): Promise<void> {
  const { person, other } = locked;
  const isSaving = ({ state }: { state: string }) => state === word('state_saving');
  await until(async () => !(await shownMessages(person.panel)).some(isSaving), 'what was said is stored', 30_000);
  await person.browser.relaunch({ isHard: true });
  person.panel = await person.browser.openPanel();
  await person.panel.waitForText(word('lock_title'), 30_000);
  if (!(await unlock(person.panel, locked.pin))) throw new Error('the PIN does not open after the browser was killed');
  await openChat(person.panel, other.name);
}

const STALLED = 'soak-stalled';

/** From now on the worker waits inside the transaction of its so many-th write. */
async function stallInWrite(person: Person, nth: number): Promise<void> {
  await person.browser.background(
    (scope, at: number, note: string) => {
      const { put } = scope.IDBObjectStore.prototype;
      let left = at;
      scope.IDBObjectStore.prototype.put = function (...given: Parameters<typeof put>) {
        const request = put.apply(this, given);
        left -= 1;
        if (left !== 0) return request;
        void chrome.storage.session.set({ [note]: true });
        for (const end = Date.now() + 10_000; Date.now() < end; );
        return request;
      };
    },
    nth,
    STALLED,
  );
}

/** True when the worker died inside a transaction; it is killed in any case. */
export async function killInWrite(person: Person, nth: number, act: () => Promise<void>, withinMs = 3000): Promise<boolean> {
  const { panel } = person;
  const hasStalled = () => panel.eval(async (note: string) => note in (await chrome.storage.session.get(note)), STALLED);
  let isInside = false;
  await chromium(person).killWorker(async () => {
    await stallInWrite(person, nth);
    await act();
    isInside = await until(hasStalled, 'the write begins', withinMs).catch(() => false);
  });
  await panel.eval((note: string) => chrome.storage.session.remove(note), STALLED);
  return isInside;
}

/** A profile from before there was an index of words: the next worker has to make it from all messages. */
export async function forgetIndex({ panel }: Person): Promise<void> {
  await panel.eval(
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('tincan');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const writing = database.transaction('records', 'readwrite');
          for (const name of ['search', 'indexed', 'unindexed'])
            writing.objectStore('records').delete(IDBKeyRange.bound([name], [name, []]));
          writing.oncomplete = () => resolve(database.close());
          writing.onabort = () => reject(writing.error);
        };
      }),
  );
}

/** How many of one's messages with this contact are found by a word. */
export async function countFound(person: Person, text: string): Promise<number> {
  const { id } = await contactOf(person.panel);
  return person.panel.eval(
    (contactId: string, wanted: string) =>
      new Promise<number>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        port.onMessage.addListener((frame: { kind: string; result?: { found?: { hits: unknown[]; isPartial: boolean } } }) => {
          if (frame.kind === 'snapshot' || frame.kind === 'current')
            port.postMessage({ kind: 'search.find', id: 'f'.repeat(32), text: wanted, contactId, limit: 1000 });
          if (frame.kind !== 'result') return;
          port.disconnect();
          resolve(frame.result?.found && !frame.result.found.isPartial ? frame.result.found.hits.length : -1);
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
      }),
    id,
    text,
  );
}
