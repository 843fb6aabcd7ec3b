import { defineConfig } from 'vitest/config';

// Three nodes share two cores with the operator and the tests: what fails twice is broken.
const each = { retry: 1, testTimeout: 150_000, hookTimeout: 180_000 };
// Each has networks of its own and mostly waits.
const PARALLEL = ['five-offices', 'remote', 'external'].map((name) => `test/cluster/${name}.test.ts`);

export default defineConfig({
  test: {
    // Once for all of them: they share one operator and three nodes.
    globalSetup: ['test/support/run-slot.ts', 'test/support/cluster-setup.ts'],
    reporters: ['default'],
    projects: [
      { test: { ...each, name: 'parallel', include: PARALLEL, maxWorkers: 3, sequence: { groupOrder: 1 } } },
      {
        test: {
          ...each,
          // Some of them stop nodes, or the operator.
          name: 'serial',
          include: ['test/cluster/**/*.test.ts'],
          exclude: PARALLEL,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
