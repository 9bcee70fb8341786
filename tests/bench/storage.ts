/** The database as years of talk leave it: 100,000 messages in 200 conversations, one of them 50,000 long, in real Chromium. */
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/browsers';
import { buildApart, buildExtension } from '../support/build';
import { viewOf } from '../support/in-touch';
import { startRelay } from '../support/relay';
import { drawnFrom } from '../support/seed';
import * as walk from '../support/walk';
import type { Figure, Measure } from './figures';
import { openPair } from './pipe-pair';
import { flatness, measureReceiving, workerMemory } from './storage-commit';
import { measureConversations, measurePanel, measureUnlock } from './storage-open';
import { measureSearch } from './storage-search';
import { growTalk, openLab, padTalk, type Talk } from './storage-seed';

interface Size {
  readonly contacts: number;
  readonly messages: number;
  readonly most: number;
  readonly opened: number;
  readonly unlocked: number;
  readonly received: number;
  readonly blocks: number;
}

const FULL: Size = { contacts: 200, messages: 100_000, most: 1_000_000, opened: 60, unlocked: 20, received: 200, blocks: 16 };
const SHORT: Size = { contacts: 20, messages: 2000, most: 4000, opened: 6, unlocked: 2, received: 10, blocks: 1 };
const LITTLE = 100;
const INDEX_MS = 600_000;
/** Until what getting in touch begins (keys in boxes, rights proved) is done. */
const SETTLE_MS = 4000;

async function* measureAll(relay: string, size: Size, say: (what: string) => void): AsyncGenerator<Figure> {
  const { ana, jun } = await openPair(relay);
  try {
    await pause(SETTLE_MS);
    await ana.panel.close();
    const lab = await openLab(ana.browser);
    const nobody = await openLab(jun.browser);
    say(`filling with ${size.messages} messages`);
    await lab.call('addContacts', size.contacts - 1);
    const none: Talk = new Map((await lab.call('contacts')).map((id) => [id, 0]));
    const before = { much: none, little: new Map((await nobody.call('contacts')).map((id) => [id, 0])) };
    await growTalk(ana.browser, lab, before.much, size.messages);
    await growTalk(jun.browser, nobody, before.little, LITTLE);
    const panel = await ana.browser.openPanel();
    const { contacts } = await viewOf(panel);
    if (contacts.length !== size.contacts || contacts.some(({ last }) => last === null)) throw new Error('the list is not as filled');
    await until(
      async () => panel.waitForText(walk.word('relay_open', new URL(relay).host, '').trimEnd(), 1000).then(() => true),
      'relay open',
      60_000,
    );
    await walk.openChat(panel, jun.name);
    const anas = { ...ana, panel };
    say('until everything can be searched');
    await until(async () => (await lab.call('unindexed')) === 0, 'all is indexed', INDEX_MS);
    say('receiving');
    yield* measureReceiving(anas, jun, size.received);
    yield await workerMemory(ana.browser);
    say('opening conversations');
    yield* measureConversations(anas, drawnFrom(7), size.opened);
    await panel.close();
    say('opening the panel');
    yield* measurePanel(ana, size.opened);
    say('searching');
    yield* measureSearch(ana, size.opened);
    say('unlocking');
    yield* measureUnlock(ana, size.unlocked);
    say(`filling with ${size.most} messages`);
    await padTalk(lab, size.most - size.messages);
    say('storing by turns where much and where little is stored');
    yield await flatness(lab, nobody, [size.most, LITTLE], size.blocks);
  } finally {
    await Promise.all([ana.browser.close(), jun.browser.close()]);
  }
}

export const measureStorage: Measure = async function* (say, isShort) {
  say('building');
  const remove = buildApart();
  const built = await buildExtension('chromium');
  if (!built.isOk) throw new Error(built.output);
  const relay = await startRelay({ env: { LOG_LEVEL: 'error' } });
  try {
    yield* measureAll(relay.url, isShort ? SHORT : FULL, say);
  } finally {
    await relay.stop();
    remove();
  }
};
