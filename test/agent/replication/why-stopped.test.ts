import { expect, test } from 'vitest';
import { whyStopped } from '../../../src/agent/replication/why-stopped.ts';

test('explains what a copy repairs, and quotes the database otherwise', () => {
  for (const state of ['purged', 'copied'] as const)
    expect(whyStopped({ peer: 'faro', state, error: 'Got fatal error 1236' })).toMatch(/copied from its tables/);
  expect(whyStopped({ peer: 'faro', state: 'failed', error: 'Duplicate entry' })).toBe('Duplicate entry');
});
