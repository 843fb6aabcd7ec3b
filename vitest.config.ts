import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those have a cluster of their own: vitest.cluster.config.ts.
    exclude: ['test/cluster/**'],
    // Tests run real servers on two cores: files one after the other, so that time-outs mean something.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
