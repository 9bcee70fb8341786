/**
 * Calls of a worker to the world around it, of which one may be its last or be refused. Between two such calls a worker only
 * computes, so that stopping it before and after each is every moment at which its death makes a difference.
 */
export const FAULTS = ['before', 'after', 'refused'] as const;

export interface Fault {
  /** The so many-th call from now. */
  readonly at: number;
  readonly how: (typeof FAULTS)[number];
}

export interface Call<T> {
  /** Of the worker that calls: a dead one does nothing more. */
  readonly isAlive: () => boolean;
  readonly called: string;
  readonly run: () => Promise<T>;
  readonly refusal: () => Error;
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

export class Faults {
  #fault: Fault | null = null;
  #calls = 0;
  #kill: () => void = () => undefined;
  /** What the last fault struck; null while it has not. */
  struck: string | null = null;

  arm(fault: Fault, kill: () => void): void {
    this.#fault = fault;
    this.#calls = 0;
    this.#kill = kill;
    this.struck = null;
  }

  disarm(): void {
    this.#fault = null;
  }

  async call<T>({ isAlive, called, run, refusal }: Call<T>): Promise<T> {
    if (!isAlive()) return never();
    this.#calls += 1;
    const fault = this.#fault?.at === this.#calls ? this.#fault.how : null;
    if (fault) this.struck = called;
    if (fault === 'refused') throw refusal();
    if (fault === null) {
      const result = await run();
      return isAlive() ? result : never();
    }
    if (fault === 'after') await run().catch(() => undefined);
    this.#kill();
    return never();
  }
}
