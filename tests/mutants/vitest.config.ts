/** Files that failed last come first, then the quick ones: the first failure ends a mutant. */
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

class LikelyFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification) => {
      const last = this.ctx.cache.getFileTestResults(`:${moduleId.slice(this.ctx.config.root.length + 1)}`);
      return last?.failed ? 0 : (last?.duration ?? 0);
    };
    return files.toSorted((a, b) => cost(a) - cost(b));
  }
}

export default defineConfig({
  cacheDir: 'coverage/vite',
  test: {
    include: process.env.MUTANT_TESTS?.split(',') ?? [],
    env: { MUTANTS: '1', SEED: '1' },
    // A first run beside other work may be slow; a mutant that never ends is Stryker's to end.
    testTimeout: 60_000,
    sequence: { sequencer: LikelyFirst },
  },
});
