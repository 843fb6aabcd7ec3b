import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/support/cluster-setup.ts'],
    // They share one operator and three nodes, and some of them stop those.
    fileParallelism: false,
    // Three nodes share two cores with the operator and the tests: what fails twice is broken.
    retry: 1,
    testTimeout: 150_000,
    hookTimeout: 180_000,
    reporters: ['default'],
  },
});
