/**
 * An update of the extension that is ready ends everything when it is installed, so it waits until nothing runs.
 *
 *   none ──ready──▶ waiting ──nothing runs──▶ reload
 *
 * Nothing of it is kept: when the background dies first, the browser installs by itself.
 */
import type { World } from './core';

/** After a call one may ring back. */
const LOOK_MS = 30_000;

export interface Updates {
  /** The browser has one ready. */
  ready(): void;
}

export function createUpdates({ clock, shell }: Pick<World, 'clock' | 'shell'>, isBusy: () => boolean): Updates {
  let isWaiting = false;

  function look(): void {
    if (isBusy()) clock.after(LOOK_MS, look);
    else shell.reload();
  }

  return {
    ready() {
      if (isWaiting) return;
      isWaiting = true;
      look();
    },
  };
}
