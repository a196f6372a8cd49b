import { availableParallelism } from 'node:os';
import { configDefaults, defineConfig } from 'vitest/config';

/** Fast tests sit beside their subject as `x.test.ts`; heavy ones are `x.slow.test.ts`. */
const slow = process.env['HOLDFAST_SLOW_TESTS'] === '1';

export default defineConfig({
  test: {
    include: slow
      ? ['{shared,electron,cli,renderer,e2e,scripts,bench}/**/*.slow.test.{ts,tsx}']
      : ['{shared,electron,cli,renderer,e2e,scripts,bench}/**/*.test.{ts,tsx}'],
    // By default one core is left idle, which on two is half of the machine.
    maxWorkers: availableParallelism(),
    exclude: [...configDefaults.exclude, 'out/**', ...(slow ? [] : ['**/*.slow.test.*'])],
    testTimeout: slow ? 600_000 : 30_000,
    hookTimeout: slow ? 600_000 : 30_000,
  },
});
