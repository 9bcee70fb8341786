/**
 * Talk between two locked-and-unlocked devices whose workers are killed at drawn moments: while they send, while they receive,
 * and in the middle of an unlock. Nothing lost, nothing twice, in order, every state right.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { until } from '../support/browsers';
import { getInTouch, type InTouch, type Person } from '../support/in-touch';
import { seeded } from '../support/seed';
import { openChat, openSettings, say, word } from '../support/walk';
import { chromium, roundIsWhole } from './rounds';

const ROUNDS = Number(process.env.COUNT ?? 50);
const MESSAGES_PER_ROUND = 20;
const KILLS_PER_ROUND = 4;
const PIN = '271828';
const SECRET = 'input[type=password]';
const NEW_SECRET = `section ${SECRET}`;

const button = (key: string) => ({ role: 'button', name: word(key) });

let pair: InTouch | null = null;
afterEach(async () => {
  await pair?.end();
  pair = null;
});

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

test(`${ROUNDS} rounds of ${MESSAGES_PER_ROUND} messages and ${KILLS_PER_ROUND} kills`, async () => {
  const random = seeded('soak storage');
  pair = await getInTouch(['chromium', 'chromium']);
  const people = [pair.ana, pair.jun] as const;
  await setPin(pair.ana, pair.jun);
  await setPin(pair.jun, pair.ana);
  let kills = 0;
  for (let number = 0; number < ROUNDS; number++) {
    const round = `round ${number} `;
    const said = new Map<Person, string[]>(people.map((person) => [person, []]));
    const killAt = new Set<number>();
    while (killAt.size < KILLS_PER_ROUND - 1) killAt.add(Math.floor(random() * MESSAGES_PER_ROUND));
    for (let i = 0; i < MESSAGES_PER_ROUND; i++) {
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
  console.log(`${kills} kills, ${ROUNDS * MESSAGES_PER_ROUND} messages`);
  expect(kills).toBe(ROUNDS * KILLS_PER_ROUND);
});
