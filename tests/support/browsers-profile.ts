/** A browser's profile folder: the caller's own, or one of the tests' that goes with the browser. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Profile {
  readonly path: string;
  readonly #isOurs: boolean;

  constructor(given: string | undefined, kind: string) {
    this.#isOurs = given === undefined;
    this.path = given ?? mkdtempSync(join(tmpdir(), `tincan-${kind}-`));
  }

  /** A browser's last children may still write while they die. */
  async discard(): Promise<void> {
    if (this.#isOurs) await rm(this.path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
