/** Counts what was refused at the host's borders, by border and code. Knows no contents, addresses or ids. */
export type Border = 'port' | 'relay' | 'peer';

export class Faults {
  readonly #counts = new Map<string, number>();

  count(border: Border, code: string): void {
    const key = `${border}:${code}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Keys look like `peer:bad-kind`. */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}
