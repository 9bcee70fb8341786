/** A world and a store that end: what was begun in them by then goes on nowhere, as when a worker is killed. */
import type { World } from './core';
import { AppError } from './errors';
import type { Store } from './ports';

export interface Mortal {
  readonly world: World;
  readonly store: Store;
  end(): void;
}

export function mortal(world: World, store: Store): Mortal {
  let isAlive = true;
  const timers = new Set<() => void>();
  const living =
    <Given extends unknown[]>(run: (...given: Given) => void) =>
    (...given: Given) => {
      if (isAlive) run(...given);
    };
  const reading = <Given extends unknown[], Result>(read: (...given: Given) => Promise<Result>) => {
    return async (...given: Given): Promise<Result> => {
      if (!isAlive) throw new AppError('locked');
      const result = await read(...given);
      if (!isAlive) throw new AppError('locked');
      return result;
    };
  };
  const { clock, shell } = world;
  const after: World['clock']['after'] = (delayMs, run) => {
    const end = () => {
      cancel();
      timers.delete(end);
    };
    const cancel = clock.after(
      delayMs,
      living(() => {
        timers.delete(end);
        run();
      }),
    );
    timers.add(end);
    return end;
  };
  return {
    world: {
      ...world,
      clock: { now: () => clock.now(), after },
      shell: {
        ...shell,
        notify: living((notice) => shell.notify(notice)),
        badge: living((badge) => shell.badge(badge)),
        wakeAt: living((atMs) => shell.wakeAt(atMs)),
        reload: living(() => shell.reload()),
      },
      report: living((fault) => world.report(fault)),
    },
    store: {
      get: reading((key) => store.get(key)),
      range: reading((...given) => store.range(...given)),
      count: reading((prefix) => store.count(prefix)),
      commit: reading((changes) => store.commit(changes)),
    },
    end() {
      isAlive = false;
      // A timer would keep in memory what it was to work on.
      for (const end of [...timers]) end();
    },
  };
}
