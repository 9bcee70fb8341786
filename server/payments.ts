/** The work one connection pays with. A solution is good for one knock: a connection that stays could replay it for ever. */
import type { PaidFrame } from '../lib/protocol/relay';
import { workDone, workPuzzle } from '../lib/protocol/relay-work';
import type { Caller } from './answer';
import { idKey } from './id';
import { Bucket, type Limits } from './limits';

export class Payments {
  readonly #caller: Pick<Caller, 'origin' | 'nonce'>;
  /** Both null while nothing is to be paid: most connections never do. */
  #spent: Set<string> | null = null;
  #looks: Bucket | null = null;
  readonly #limits: Limits;

  constructor(caller: Pick<Caller, 'origin' | 'nonce'>, limits: Limits) {
    this.#caller = caller;
    this.#limits = limits;
  }

  /** 0 when work may be looked at; else the milliseconds to wait: unpaid frames must not keep the relay hashing. */
  retryMs(): number {
    const { worksPerConnection, worksPerConnectionBurst } = this.#limits;
    this.#looks ??= new Bucket({ perSecond: worksPerConnection, burst: worksPerConnectionBurst });
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
