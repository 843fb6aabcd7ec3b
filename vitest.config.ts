import { homedir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Outlives the checkout: the files that took longest last time begin first.
  cacheDir: join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sitesync/vitest'),
  test: {
    include: ['test/**/*.test.ts'],
    // Those have a cluster of their own: vitest.cluster.config.ts.
    exclude: ['test/cluster/**'],
    // Of the processes that tests start, as bin/sitesync sets it.
    env: { NODE_COMPILE_CACHE: `${import.meta.dirname}/dist/compiled` },
    globalSetup: ['test/support/run-slot.ts'],
    // Tests run real servers and often wait for them: with three files at once two cores are busy, and timeouts still mean something.
    maxWorkers: 3,
    // Where nobody looks and others may use the machine too: what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
