/** What every connection of one relay shares. */
import type { Clock } from './clock';
import type { Disk } from './disk';
import type { Handovers } from './handovers';
import { Bucket, Buckets, type Limits, type Rate } from './limits';
import type { Log } from './log';
import type { Metrics } from './metrics';
import type { Router } from './router/router';
import type { QueueNumber, Store } from './store/store';

export interface Budgets {
  readonly newQueues: Buckets<string>;
  /** Paid for with work. */
  readonly paidQueues: Buckets<string>;
  readonly newInvites: Buckets<string>;
  readonly knocks: Buckets<string>;
  readonly passwords: Buckets<string>;
  readonly boxPuts: Buckets<string>;
  readonly takesPerAddress: Buckets<string>;
  readonly takesPerBox: Buckets<string>;
  readonly sends: Buckets<QueueNumber>;
  /** Of all addresses together. */
  readonly allQueues: Bucket;
}

export interface Parts {
  readonly store: Store;
  readonly router: Router;
  readonly handovers: Handovers;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly budgets: Budgets;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly disk: Pick<Disk, 'isLow'>;
  readonly retentionSeconds: number;
  /** Null where everybody may make queues. */
  readonly password: string | null;
  /** The STUN addresses to name to a client that reached the relay under this origin. */
  readonly stunUrls: (origin: string) => readonly string[];
}

function hourly(perHour: number, burst: number): Rate {
  return { perSecond: perHour / 3600, burst };
}

export function openBudgets(limits: Limits): Budgets {
  return {
    newQueues: new Buckets(hourly(limits.newQueuesPerHour, limits.newQueuesBurst)),
    paidQueues: new Buckets(hourly(limits.paidQueuesPerHour, limits.paidQueuesBurst)),
    allQueues: new Bucket(hourly(limits.allQueuesPerHour, limits.allQueuesBurst)),
    newInvites: new Buckets(hourly(limits.newInvitesPerHour, limits.newInvitesBurst)),
    boxPuts: new Buckets(hourly(limits.boxPutsPerHour, limits.boxPutsBurst)),
    takesPerAddress: new Buckets(hourly(limits.takesPerHour, limits.takesBurst)),
    takesPerBox: new Buckets(hourly(limits.takesPerBoxPerHour, limits.takesPerBoxBurst)),
    knocks: new Buckets(hourly(limits.knocksPerHour, limits.knocksBurst)),
    passwords: new Buckets(hourly(limits.passwordsPerHour, limits.passwordsBurst)),
    sends: new Buckets({ perSecond: limits.sendsPerQueue, burst: limits.sendsPerQueueBurst }),
  };
}

/** Those that nobody has used lately are as good as new. */
export function forgetFull({ allQueues: _, ...byKey }: Budgets): void {
  for (const budget of Object.values(byKey)) budget.forgetFull();
}

/** A client's wish, 0 for none, never beyond the relay's retention. */
export function lifetimeMs(ttlSeconds: number, retentionSeconds: number): number {
  return Math.min(ttlSeconds === 0 ? retentionSeconds : ttlSeconds, retentionSeconds) * 1000;
}
