/** What every connection of one relay shares. */
import type { Clock } from './clock';
import type { Disk } from './disk';
import { Buckets, type Limits } from './limits';
import type { Log } from './log';
import type { Metrics } from './metrics';
import type { Router } from './router/router';
import type { QueueNumber, Store } from './store/store';

export interface Budgets {
  readonly newQueues: Buckets<string>;
  readonly newInvites: Buckets<string>;
  readonly boxPuts: Buckets<string>;
  readonly takesPerAddress: Buckets<string>;
  readonly takesPerBox: Buckets<string>;
  readonly sends: Buckets<QueueNumber>;
}

export interface Parts {
  readonly store: Store;
  readonly router: Router;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly budgets: Budgets;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly disk: Pick<Disk, 'isLow'>;
  readonly retentionSeconds: number;
  /** The STUN addresses to name to a client that reached the relay under this origin. */
  readonly stunUrls: (origin: string) => readonly string[];
}

const HOUR_SECONDS = 3600;

export function openBudgets(limits: Limits): Budgets {
  return {
    newQueues: new Buckets({ perSecond: limits.newQueuesPerHour / HOUR_SECONDS, burst: limits.newQueuesBurst }),
    newInvites: new Buckets({ perSecond: limits.newInvitesPerHour / HOUR_SECONDS, burst: limits.newInvitesBurst }),
    boxPuts: new Buckets({ perSecond: limits.boxPutsPerHour / HOUR_SECONDS, burst: limits.boxPutsBurst }),
    takesPerAddress: new Buckets({ perSecond: limits.takesPerHour / HOUR_SECONDS, burst: limits.takesBurst }),
    takesPerBox: new Buckets({ perSecond: limits.takesPerBoxPerHour / HOUR_SECONDS, burst: limits.takesPerBoxBurst }),
    sends: new Buckets({ perSecond: limits.sendsPerQueue, burst: limits.sendsPerQueueBurst }),
  };
}

/** A client's wish, 0 for none, never beyond the relay's retention. */
export function lifetimeMs(ttlSeconds: number, retentionSeconds: number): number {
  return Math.min(ttlSeconds === 0 ? retentionSeconds : ttlSeconds, retentionSeconds) * 1000;
}
