/** The backups that pages are reading, at most one each: staged until the user has decided, and thrown away with the page. */
import type { World } from './core';
import { AppError } from './errors';
import type { Store } from './ports';
import { type Restore, type RestoreOptions, startRestore } from './restore';
import type { ViewResult } from './view';
import type { RestoreCommand, RestoreView } from './view-backup';

/** Records that nobody lists yet. */
export interface Staged {
  readonly store: Store;
  /** Makes a profile of them, and opens it. */
  keep(): Promise<void>;
  discard(): Promise<void>;
}

export interface RestoresOptions {
  readonly world: World;
  readonly stage: () => Promise<Staged>;
  readonly isKnown: RestoreOptions['isKnown'];
}

export interface Restores {
  /** @throws {AppError} backup-…, storage-… */
  obey(page: object, command: RestoreCommand): Promise<ViewResult>;
  /** What was staged for this page is thrown away. */
  stop(page: object): void;
  stopAll(): void;
}

interface Running {
  isOver: boolean;
  staged: Staged | null;
  restore: Restore | null;
  shown: RestoreView | null;
}

export function createRestores({ world, stage, isKnown }: RestoresOptions): Restores {
  const running = new Map<object, Running>();

  function stop(page: object): void {
    const ended = running.get(page);
    running.delete(page);
    if (!ended) return;
    ended.isOver = true;
    ended.staged?.discard().catch(world.report);
  }

  function runningOf(page: object): Running {
    const found = running.get(page);
    if (!found) throw new AppError('backup-ended');
    return found;
  }

  async function start(page: object, { passphrase, header, sizeBytes }: Extract<RestoreCommand, { kind: 'restore.start' }>): Promise<void> {
    stop(page);
    const here: Running = { isOver: false, staged: null, restore: null, shown: null };
    running.set(page, here);
    const stageHere = async (): Promise<Store> => {
      const staged = await stage();
      here.staged = staged;
      if (!here.isOver) return staged.store;
      // Stopped meanwhile, by a closed page say: nobody else knows of it.
      await staged.discard();
      throw new AppError('backup-ended');
    };
    here.restore = await startRestore({ world, passphrase, header, sizeBytes, isKnown, stage: stageHere });
    if (here.isOver) throw new AppError('backup-ended');
  }

  /** What can't be kept now, in a call say, may be kept later. */
  async function keep(page: object, here: Running): Promise<void> {
    if (!here.staged || !here.shown) throw new AppError('backup-ended');
    // Leaving the profile that is open stops every other restore.
    running.delete(page);
    try {
      await here.staged.keep();
    } catch (error) {
      running.set(page, here);
      throw error;
    }
  }

  async function obey(page: object, command: RestoreCommand): Promise<ViewResult> {
    switch (command.kind) {
      case 'restore.start':
        await start(page, command);
        return { ok: true };
      case 'restore.next': {
        const here = runningOf(page);
        here.shown = (await here.restore?.take(command.block)) ?? null;
        return here.shown ? { ok: true, restore: here.shown } : { ok: true };
      }
      case 'restore.hold':
        runningOf(page);
        return { ok: true };
      case 'restore.keep': {
        await keep(page, runningOf(page));
        return { ok: true };
      }
      case 'restore.stop':
        stop(page);
        return { ok: true };
      default:
        return command satisfies never;
    }
  }

  return {
    async obey(page, command) {
      try {
        return await obey(page, command);
      } catch (error) {
        if (command.kind !== 'restore.keep') stop(page);
        throw error;
      }
    },
    stop,
    stopAll() {
      for (const page of [...running.keys()]) stop(page);
    },
  };
}
