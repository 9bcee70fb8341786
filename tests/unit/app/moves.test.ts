import { describe, expect, test } from 'vitest';
import type { ContactRecord } from '../../../lib/app/records';
import { type Bytes, equalBytes, toHex } from '../../../lib/protocol/bytes';
import { backupOf, openBackupAt } from '../../support/backup-file';
import { DAY_MS, moveTo, OTHER, onRelays, pass, RELAY, relayAt, say, THIRD, talk, textsOf, untilMoved } from '../../support/relay-scenes';
import { type Pair, type Party, record } from '../../support/two-parties';

const movesOf = async (party: Party) => (await record(party)).moves;
const open = ({ world }: Pair, url: string) => relayAt(world, url).connections.size;

async function writesTo(party: Party): Promise<ContactRecord['theirs']> {
  return (await record(party)).theirs;
}

/** The browser is closed, and what was asked of relays until then is over. */
async function leave(party: Party): Promise<void> {
  await party.world.clock.advance(3000);
  party.closeBrowser();
}

async function comeBack(party: Party): Promise<void> {
  party.openBrowser();
  await party.world.clock.until(() => (party.page.view?.contacts.length ?? 0) > 0, 'awake');
  await party.show(party.contact().id);
}

describe('changing one’s relay', () => {
  test('takes every contact along: they write to the new one, both were read meanwhile, and the old queue is closed a week later', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    const before = await record(ana);
    await moveTo(ana, OTHER);
    say(jun, 'on its way to the old queue');
    await untilMoved(ana, OTHER);
    await talk(pair, 'after the move');
    expect(textsOf(ana).filter((text) => text === 'on its way to the old queue')).toHaveLength(1);
    expect((await writesTo(jun)).relay).toBe(OTHER);
    expect((await movesOf(ana))?.left.map(({ queue }) => queue.rid)).toEqual([before.mine.rid]);
    await pass(pair, 6 * DAY_MS);
    expect(relayAt(world, RELAY).has(before.mine.rid as Bytes)).toBe(true);
    await pass(pair, 2 * DAY_MS);
    expect(relayAt(world, RELAY).has(before.mine.rid as Bytes)).toBe(false);
    expect((await movesOf(ana))?.left).toEqual([]);
    await talk(pair, 'a week later');
    expect([...ana.faults, ...jun.faults]).toEqual([]);
    // Jun's own queue is still there, and Ana writes to it: nothing else is left of hers.
    expect(open(pair, RELAY)).toBe(2);
    await moveTo(jun, OTHER);
    await untilMoved(jun, OTHER);
    // What the other side may still have in a queue that was left is kept in reach for a month.
    await pass(pair, 45 * DAY_MS);
    await clock.advance(5000);
    expect([relayAt(world, RELAY).size, open(pair, RELAY)]).toEqual([0, 0]);
    await talk(pair, 'much later');
  }, 20_000);

  test('brings prekey box and doorbells along', async () => {
    const pair = await onRelays();
    const { ana, jun } = pair;
    const before = await record(ana);
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    await pair.clock.until(() => relayAt(pair.world, OTHER).heard.some(({ kind }) => kind === 'pre-put'), 'box filled there');
    await talk(pair, 'so that Jun hears of it');
    const [mine, theirs] = [await record(ana), await record(jun)];
    expect(mine.box.mine?.relay).toBe(OTHER);
    expect(theirs.box.theirs?.boxId).toEqual(mine.box.mine?.boxId);
    expect(relayAt(pair.world, RELAY).bundlesIn(before.box.mine?.boxId as Bytes)).not.toEqual([]);
    await pass(pair, 12 * DAY_MS);
    expect(relayAt(pair.world, RELAY).bundlesIn(before.box.mine?.boxId as Bytes)).toEqual([]);
    await ana.ask({ kind: 'lock.protect', current: '', secret: { kind: 'pin', text: '135790' }, wipeAfter: 0 });
    await pair.clock.advance(2000);
    expect(ana.lock.bells.map(({ relay, rid }) => [relay, toHex(rid)])).toContainEqual([OTHER, toHex(mine.mine.rid as Bytes)]);
  }, 20_000);

  test('is told by a string when there is one, also where the contact’s own relay is away', async () => {
    const pair = await onRelays();
    const { ana, jun, clock } = pair;
    for (const party of [ana, jun]) await party.ask({ kind: 'contact.direct', contactId: party.contact().id, direct: 'allowed' });
    await clock.until(() => ana.contact().string.kind === 'open' && jun.contact().string.kind === 'open', 'string');
    for (const party of [ana, jun]) party.host.dropRelay(RELAY);
    pair.world.relays.delete(RELAY);
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    expect((await writesTo(jun)).relay).toBe(OTHER);
  });

  test('from a relay that is gone for good locks nobody out', async () => {
    const pair = await onRelays();
    const { ana, jun, world } = pair;
    await moveTo(jun, THIRD);
    await untilMoved(jun, THIRD);
    for (const party of [ana, jun]) party.host.dropRelay(RELAY);
    world.relays.delete(RELAY);
    say(jun, 'waits for Ana to have a relay again');
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    await talk(pair, 'without the old one');
    expect(textsOf(ana)).toContain('waits for Ana to have a relay again');
    await pass(pair, 80 * DAY_MS);
    expect((await movesOf(ana))?.left).toEqual([]);
    await talk(pair, 'and it is asked after no more');
  }, 20_000);

  test('by both at the same time ends with both moved', async () => {
    const pair = await onRelays();
    const { ana, jun } = pair;
    for (const party of [ana, jun]) party.host.dropRelay(RELAY);
    await Promise.all([moveTo(ana, OTHER), moveTo(jun, THIRD)]);
    for (const party of [ana, jun]) party.restartWorker();
    await untilMoved(ana, OTHER);
    await untilMoved(jun, THIRD);
    for (const party of [ana, jun]) await party.show(party.contact().id);
    await talk(pair, 'crossed');
  });

  test('again before the first is confirmed goes where it was told last, and all three are read until then', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    await leave(jun);
    await moveTo(ana, OTHER);
    await clock.advance(3000);
    await moveTo(ana, THIRD);
    await clock.advance(3000);
    const { mine, moves } = await record(ana);
    expect([mine, ...(moves?.pending.map(({ queue }) => queue) ?? [])].map(({ relay }) => relay)).toEqual([RELAY, OTHER, THIRD]);
    const subscribed = (url: string, rid: Uint8Array | null | undefined) => rid && relayAt(world, url).isRead(rid as Bytes);
    for (const { relay, rid } of [mine, ...(moves?.pending.map(({ queue }) => queue) ?? [])]) expect(subscribed(relay, rid)).toBe(true);
    await comeBack(jun);
    await untilMoved(ana, THIRD);
    await talk(pair, 'at the third');
    expect((await writesTo(jun)).relay).toBe(THIRD);
  });

  test('back and forth ends where it was told last, with a fresh queue there', async () => {
    const pair = await onRelays();
    const { ana, jun } = pair;
    const before = await record(ana);
    await leave(jun);
    for (const url of [OTHER, RELAY, OTHER, RELAY, OTHER, RELAY]) {
      await moveTo(ana, url);
      await pair.clock.advance(2000);
    }
    expect((await movesOf(ana))?.pending.length).toBeLessThanOrEqual(3);
    await comeBack(jun);
    await untilMoved(ana, RELAY);
    expect((await record(ana)).mine.rid).not.toEqual(before.mine.rid);
    await talk(pair, 'home again');
  });

  test('is told again every day to a contact who is away for longer than any relay holds it, and the user sees who', async () => {
    const pair = await onRelays();
    const { ana, jun, clock } = pair;
    await leave(jun);
    await moveTo(ana, OTHER);
    await clock.advance(3000);
    expect(ana.contact().movesTo).toBe(OTHER);
    await pass(pair, 9 * DAY_MS, [ana]);
    await comeBack(jun);
    await untilMoved(ana, OTHER);
    expect(ana.contact().movesTo).toBeNull();
    await talk(pair, 'nine days later');
  }, 20_000);
});

describe('an announcement', () => {
  test('that is older than the one taken changes nothing, in whatever order they arrive', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    await leave(jun);
    await moveTo(ana, OTHER);
    await clock.advance(3000);
    await moveTo(ana, THIRD);
    await clock.advance(3000);
    relayAt(world, RELAY).turnAround();
    await comeBack(jun);
    await untilMoved(ana, THIRD);
    expect((await writesTo(jun)).relay).toBe(THIRD);
    await talk(pair, 'turned around');
  });

  test('that a relay hands out again is no second one', async () => {
    const pair = await onRelays();
    const { ana, jun, world, clock } = pair;
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    await clock.advance(2000);
    const before = await record(jun);
    relayAt(world, RELAY).replay();
    await clock.advance(5000);
    const after = await record(jun);
    expect([after.theirs, after.moves?.theirs]).toEqual([before.theirs, before.moves?.theirs]);
    expect((await record(ana)).mine.relay).toBe(OTHER);
    await talk(pair, 'replayed');
  });
});

describe('a queue', () => {
  test('is replaced by a fresh one on the same relay after a month, and the old one closed a month after that', async () => {
    const pair = await onRelays();
    const { ana, jun, world } = pair;
    const before = await record(ana);
    for (let week = 0; week < 6; week++) {
      await pass(pair, 7 * DAY_MS);
      await talk(pair, `week ${week}`);
    }
    const after = await record(ana);
    expect(after.mine.relay).toBe(RELAY);
    expect(after.mine.rid).not.toEqual(before.mine.rid);
    expect((await writesTo(jun)).sid).toEqual(after.mine.sid);
    expect(relayAt(world, RELAY).has(before.mine.rid as Bytes)).toBe(true);
    for (let week = 6; week < 11; week++) {
      await pass(pair, 7 * DAY_MS);
      await talk(pair, `week ${week}`);
    }
    expect(relayAt(world, RELAY).has(before.mine.rid as Bytes)).toBe(false);
  }, 30_000);

  test('is not replaced while nothing is heard of the contact', async () => {
    const pair = await onRelays();
    const { ana, jun } = pair;
    const before = await record(ana);
    await leave(jun);
    await pass(pair, 60 * DAY_MS, [ana]);
    expect((await record(ana)).mine.rid).toEqual(before.mine.rid);
    expect((await movesOf(ana))?.pending ?? []).toEqual([]);
  }, 20_000);

  test('that the relay has lost is replaced as soon as it says so', async () => {
    const pair = await onRelays();
    const { ana, world, clock } = pair;
    const { mine } = await record(ana);
    relayAt(world, RELAY).forget(mine.rid as Bytes);
    ana.host.interruptRelay(RELAY);
    await clock.until(() => ana.page.view?.relay.kind === 'open', 'back');
    let fresh = mine;
    await clock.until(() => {
      void record(ana).then(({ mine: now }) => {
        fresh = now;
      });
      return fresh.rid !== null && !equalBytes(fresh.rid, mine.rid as Bytes);
    }, 'replaced');
    await talk(pair, 'in the fresh one');
  });

  test('of which a restored device knows nothing is replaced by one that it does', async () => {
    const pair = await onRelays();
    const { ana, jun, clock } = pair;
    const file = await backupOf(ana);
    await pass(pair, 25 * DAY_MS);
    await moveTo(ana, OTHER);
    await untilMoved(ana, OTHER);
    await talk(pair, 'lost with the device');
    ana.closeBrowser();
    ana.store.restore(new Map());
    ana.openBrowser();
    await clock.until(() => ana.page.view !== null, 'awake');
    expect(await openBackupAt(ana, file)).toMatchObject({ ok: true });
    expect(await ana.ask({ kind: 'restore.keep' })).toEqual({ ok: true });
    await clock.until(() => (ana.page.view?.contacts.length ?? 0) > 0, 'restored');
    await ana.show(ana.contact().id);
    await jun.show(jun.contact().id);
    await pass(pair, DAY_MS);
    await talk(pair, 'on the restored device');
  }, 20_000);
});
