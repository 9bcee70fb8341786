/** What the user has been told once on this device and need not be told again. Sealed like everything else; no backup holds it. */
import type { Core } from './core';
import { type HintsRecord, keys } from './records';

/** How expiry works, before the first timer; what waits on this device alone, beside the first such message. */
export type Hint = 'expiry' | 'device';

export interface Hints {
  /** In the lane, once, after the journal was loaded. */
  start(): Promise<void>;
  known(): readonly Hint[];
  /** In the lane. */
  learn(hint: Hint): Promise<void>;
}

export function createHints(core: Core): Hints {
  const { journal } = core;
  let known: readonly Hint[] = [];

  return {
    async start() {
      known = ((await journal.store.get(keys.hints)) as HintsRecord | undefined)?.known ?? [];
    },
    known: () => known,
    async learn(hint) {
      if (known.includes(hint)) return;
      const next = [...known, hint];
      await journal.commit((change) => {
        change.put(keys.hints, { known: next } satisfies HintsRecord);
        change.after(() => {
          known = next;
          core.hub.patch([{ kind: 'hints', hints: next }]);
        });
      });
    },
  };
}
