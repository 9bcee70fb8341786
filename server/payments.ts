/** The work one connection pays with. A solution is good for one knock: a connection that stays could replay it for ever. */
import type { PaidFrame } from '../lib/protocol/relay';
import { workDone, workPuzzle } from '../lib/protocol/relay-work';
import type { Caller } from './answer';
import { idKey } from './id';

export class Payments {
  readonly #caller: Pick<Caller, 'origin' | 'nonce'>;
  readonly #spent = new Set<string>();

  constructor(caller: Pick<Caller, 'origin' | 'nonce'>) {
    this.#caller = caller;
  }

  covers(frame: PaidFrame, bits: number): boolean {
    const { origin, nonce } = this.#caller;
    return workDone(workPuzzle({ origin, nonce, frame }), frame.work) >= bits;
  }

  /** False when this solution was spent before. */
  spend(frame: PaidFrame): boolean {
    const { origin, nonce } = this.#caller;
    const solution = idKey(workPuzzle({ origin, nonce, frame })) + idKey(frame.work);
    if (this.#spent.has(solution)) return false;
    this.#spent.add(solution);
    return true;
  }
}
