import { expect, test } from 'vitest';
import { whyStopped } from '../../../src/agent/replication/why-stopped.ts';
import { problem } from '../../../src/problems/problem.ts';

test('explains what a copy repairs, and quotes the database otherwise', () => {
  for (const state of ['purged', 'copied'] as const)
    expect(whyStopped({ peer: 'faro', state, error: 'Got fatal error 1236' })).toEqual(
      problem('stateCopied', { peer: 'faro' }),
    );
  expect(whyStopped({ peer: 'faro', state: 'failed', error: 'Duplicate entry' })).toEqual(
    problem('stateBroken', { peer: 'faro', why: 'Duplicate entry' }),
  );
  const forged = problem('stateForged', { peer: 'faro' });
  expect(whyStopped({ peer: 'faro', state: 'failed', problem: forged })).toEqual(forged);
});
