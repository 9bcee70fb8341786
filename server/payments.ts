/** The work one connection pays with. A solution is good for one knock: a connection that stays could replay it for ever. */
import type { PaidFrame } from '../lib/protocol/relay';
import { workDone, workPuzzle } from '../lib/protocol/relay-work';
import type { Caller } from './answer';
import { idKey } from './id';
import { Bucket, type Limits } from './limits';

export class Payments {
  readonly #caller: Pick<Caller, 'origin' | 'nonce'>;
  /** Null while nothing was paid. */
  #spent: Set<string> | null = null;
  readonly #looks: Bucket;

  constructor(caller: Pick<Caller, 'origin' | 'nonce'>, limits: Limits) {
    this.#caller = caller;
    this.#looks = new Bucket({ perSecond: limits.worksPerConnection, burst: limits.worksPerConnectionBurst });
  }

  /** 0 when work may be looked at; else the milliseconds to wait: unpaid frames must not keep the relay hashing. */
  retryMs(): number {
    return this.#looks.take();
  }

  covers(frame: PaidFrame, bits: number): boolean {
    const { origin, nonce } = this.#caller;
    return workDone(workPuzzle({ origin, nonce, frame }), frame.work) >= bits;
  }

  /** False when this solution was spent before. */
  spend(frame: PaidFrame): boolean {
    const { origin, nonce } = this.#caller;
    const solution = idKey(workPuzzle({ origin, nonce, frame })) + idKey(frame.work);
    this.#spent ??= new Set();
    if (this.#spent.has(solution)) return false;
    this.#spent.add(solution);
    return true;
  }
}
