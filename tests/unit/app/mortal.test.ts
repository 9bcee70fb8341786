import { expect, test } from 'vitest';
import type { World } from '../../../lib/app/core';
import { mortal } from '../../../lib/app/mortal';
import { FakeClock } from '../../support/fake-clock';
import { FakeStore } from '../../support/fake-store';

/** Timers that nobody has cancelled, and that hold on to what they were to work on. */
function watched(clock: FakeClock) {
  const held = new Set<object>();
  const after: FakeClock['after'] = (delayMs, run) => {
    const timer = {};
    held.add(timer);
    const cancel = clock.after(delayMs, () => {
      held.delete(timer);
      run();
    });
    return () => {
      held.delete(timer);
      cancel();
    };
  };
  return { held, clock: { now: () => clock.now(), after } };
}

test('what has ended is kept in memory by no timer, and none that it starts after that runs', async () => {
  const clock = new FakeClock();
  const { held, clock: outer } = watched(clock);
  const life = mortal({ clock: outer, shell: {}, report: () => undefined } as unknown as World, new FakeStore());
  const ran: string[] = [];
  life.world.clock.after(1000, () => ran.push('soon'));
  life.world.clock.after(60_000, () => ran.push('late'));
  life.world.clock.after(60_000, () => ran.push('cancelled'))();
  await clock.advance(2000);
  expect([ran, held.size]).toEqual([['soon'], 1]);
  life.end();
  expect(held.size).toBe(0);
  life.world.clock.after(1000, () => ran.push('dead'));
  await clock.advance(120_000);
  expect(ran).toEqual(['soon']);
});
