import { expect, test } from 'vitest';
import { repeat } from '../../src/base/repeat.ts';

test('a round that throws is reported, and the next one runs', async () => {
  const stop = new AbortController();
  const failures: string[] = [];
  const pauses: boolean[] = [];
  let rounds = 0;
  await repeat(
    () => {
      rounds++;
      if (rounds === 4) stop.abort();
      if (rounds % 2 === 0) throw new Error(`round ${rounds}`);
    },
    {
      signal: stop.signal,
      pause: async (hasFailed) => pauses.push(hasFailed),
      failed: (error) => failures.push(error.message),
    },
  );
  expect(rounds).toBe(4);
  expect(pauses).toEqual([false, true, false]);
  // What fails after the abort is ignored: it was interrupted.
  expect(failures).toEqual(['round 2']);
});

test('ends after the round that runs when the signal is aborted, not before', async () => {
  const stop = new AbortController();
  const { promise: work, resolve: finish } = Promise.withResolvers<void>();
  let hasEnded = false;
  const repeating = repeat(() => work, { signal: stop.signal, pause: 3_600_000, failed: () => undefined }).finally(
    () => {
      hasEnded = true;
    },
  );
  stop.abort();
  await Promise.resolve();
  expect(hasEnded).toBe(false);
  finish();
  await repeating;
});

test('an abort ends the pause; with pauseFirst no round starts then', async () => {
  const stop = new AbortController();
  let rounds = 0;
  const repeating = repeat(() => rounds++, {
    signal: stop.signal,
    pause: 3_600_000,
    pauseFirst: true,
    failed: () => undefined,
  });
  stop.abort();
  await repeating;
  expect(rounds).toBe(0);
});
