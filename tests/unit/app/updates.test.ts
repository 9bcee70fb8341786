import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Pair, twoContacts } from '../../support/two-parties';

async function inCall(): Promise<Pair> {
  const pair = await twoContacts();
  const { ana, clock } = pair;
  await clock.until(() => ana.contact().string.kind === 'open', 'string');
  const peer = ana.contact().id;
  expect(await ana.ask({ kind: 'voice.start', contactId: peer })).toEqual({ ok: true });
  ana.host.inject({ kind: 'voice.state', peer, mine: 'on', cause: null, isMuted: false, theirs: false });
  await clock.rest();
  return pair;
}

test('an update is installed at once when nothing runs', async () => {
  const { ana, clock } = await twoContacts();
  ana.front.updateReady();
  await clock.rest();
  expect(ana.reloads).toBe(1);
});

test('an update waits for a call, however long, and is installed within a minute of its end, once', async () => {
  const { ana, clock } = await inCall();
  ana.front.updateReady();
  ana.front.updateReady();
  await clock.advance(2 * 3600_000);
  expect(ana.reloads).toBe(0);
  ana.page.send({ kind: 'voice.stop', contactId: ana.contact().id });
  await clock.advance(60_000);
  expect(ana.reloads).toBe(1);
});

test('an update of a locked device waits for nothing', async () => {
  const { ana, clock } = await twoContacts();
  await ana.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '135790' }, wipeAfter: 0 });
  ana.front.lock();
  await clock.until(() => ana.page.lock?.isLocked === true, 'locked');
  ana.front.updateReady();
  await clock.rest();
  expect(ana.reloads).toBe(1);
});

test('the browser can tell of it as soon as the background runs: the listener stands before anything is awaited', () => {
  const source = readFileSync(join(import.meta.dirname, '../../../entrypoints/background/index.ts'), 'utf8');
  const main = source.slice(source.indexOf('main() {'));
  const at = main.indexOf('browser.runtime.onUpdateAvailable.addListener(');
  expect(at).toBeGreaterThan(0);
  expect(main.slice(0, at)).not.toMatch(/\bawait\b|\.then\(|front\.start\(/);
});
