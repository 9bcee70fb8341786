/**
 * Talk between two locked-and-unlocked devices whose workers are killed at drawn moments: while they send, while they receive,
 * and in the middle of an unlock. Nothing lost, nothing twice, in order, every state right.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/browsers';
import type { InTouch, Person } from '../support/in-touch';
import { openChat, openSettings, say, word } from '../support/walk';
import { chromium, roundIsWhole } from './rounds';

const PIN = '271828';
const SECRET = 'input[type=password]';
const NEW_SECRET = `section ${SECRET}`;

const button = (key: string) => ({ role: 'button', name: word(key) });

async function setPin({ panel }: Person, other: Person): Promise<void> {
  await panel.click(button('back'));
  await openSettings(panel, 'lock_settings');
  await panel.fill(NEW_SECRET, PIN);
  await panel.click(button('lock_set'));
  await panel.waitForText(word('lock_saved'), 30_000);
  await panel.click(button('back'));
  await panel.click(button('back'));
  await openChat(panel, other.name);
}

/** The worker that was given the PIN dies over it: the page asks the next one again. */
async function lockAndUnlock(person: Person, other: Person, killAfterMs: number): Promise<void> {
  const { panel } = person;
  await panel.click(button('back'));
  await openSettings(panel, 'lock_settings');
  await panel.click(button('lock_now'));
  await panel.waitForText(word('lock_title'));
  await panel.fill(SECRET, PIN);
  await chromium(person).killWorker(async () => {
    await panel.click(button('lock_open'));
    await pause(killAfterMs);
  });
  await until(async () => !(await panel.text('main')).includes(word('lock_title')), 'open again', 60_000);
  await panel.click(button('back'), 30_000);
  await panel.click(button('back'));
  await openChat(panel, other.name);
}

export interface Ordeal {
  readonly rounds: number;
  readonly messagesPerRound: number;
  readonly killsPerRound: number;
}

/** Every round is whole before the next begins. Both have a PIN from the start on. */
export async function talkThroughKills({ ana, jun }: InTouch, { rounds, messagesPerRound, killsPerRound }: Ordeal, random: () => number) {
  const people = [ana, jun] as const;
  await setPin(ana, jun);
  await setPin(jun, ana);
  let kills = 0;
  for (let number = 0; number < rounds; number++) {
    const round = `round ${number} `;
    const said = new Map<Person, string[]>(people.map((person) => [person, []]));
    const killAt = new Set<number>();
    while (killAt.size < killsPerRound - 1) killAt.add(Math.floor(random() * messagesPerRound));
    for (let i = 0; i < messagesPerRound; i++) {
      const [speaker, listener] = random() < 0.5 ? people : ([people[1], people[0]] as const);
      const text = `${round}message ${i}`;
      said.get(speaker)?.push(text);
      await say(speaker.panel, listener.name, text);
      await pause(random() * 60);
      if (!killAt.has(i)) continue;
      kills++;
      await chromium(random() < 0.5 ? speaker : listener).killWorker();
    }
    const [locker, other] = number % 2 === 0 ? people : ([people[1], people[0]] as const);
    await lockAndUnlock(locker, other, random() * 1500);
    kills++;
    await roundIsWhole(round, said);
  }
  return kills;
}
