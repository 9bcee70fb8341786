/** Everything that was started, ended in turn: newest first, each once, whatever happens to the others. */
export class Ending {
  readonly #closers: (() => Promise<void>)[] = [];
  #whole: Promise<void> | null = null;

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  all(): Promise<void> {
    this.#whole ??= this.#closeAll();
    return this.#whole;
  }

  async #closeAll(): Promise<void> {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch((error: Error) => console.error(`could not end cleanly: ${error.message}`));
    }
  }
}
