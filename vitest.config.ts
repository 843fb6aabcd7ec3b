import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Those have a cluster of their own: vitest.cluster.config.ts.
    exclude: ['test/cluster/**'],
    // Of the processes that tests start, as bin/sitesync sets it.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/dist/compiled` },
    globalSetup: ['test/support/run-slot.ts'],
    // Tests run real servers and mostly wait for them: two files at once fill two cores, and time-outs still mean something.
    maxWorkers: 2,
    // Where nobody looks and others may use the machine too: what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
