import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import { AWAY_MS, noteSilence, suspicionOf } from '../../../src/operator/network/suspect-hubs.ts';

const pod = (agent: object | undefined, ready = 'False', metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'germany-0', ...metadata },
  status: {
    conditions: [{ type: 'Ready', status: ready }],
    containerStatuses: agent ? [{ name: 'agent', ...agent }] : [],
  },
});
const running = { running: { startedAt: '2026-11-26T00:00:00Z' } };

test.each([
  ['is ready', pod({ state: running, started: true, ready: true }, 'True'), undefined],
  ['was asked in vain by kubelet', pod({ state: running, started: true, ready: false }), 'hangs'],
  ['has just begun', pod({ state: running, started: false, ready: false }), 'away'],
  ['has ended', pod({ state: { terminated: { exitCode: 1 } }, ready: false }), 'away'],
  ['waits for its next try', pod({ state: { waiting: { reason: 'CrashLoopBackOff' } }, ready: false }), 'away'],
  ['is not there yet', pod(undefined), 'away'],
  ['is on a node that is not heard', pod({ state: running, started: true, ready: true }), 'away'],
  ['is to end', pod({ state: running, started: true, ready: true }, 'True', { deletionTimestamp: 'now' }), 'away'],
  ['has no pod', undefined, 'away'],
])('about an agent that %s', (_, given, suspicion) => {
  expect(suspicionOf(given)).toBe(suspicion);
});

test('a hub that hangs is given up at once, one that is away after a while, and neither returns without an answer', () => {
  expect(noteSilence(undefined, 'hangs', 5)).toEqual({ since: 5, isGivenUp: true });
  const first = noteSilence(undefined, 'away', 5);
  expect(first.isGivenUp).toBe(false);
  expect(noteSilence(first, 'away', 5 + AWAY_MS - 1).isGivenUp).toBe(false);
  expect(noteSilence(first, 'away', 5 + AWAY_MS).isGivenUp).toBe(true);
  // The kubelet kills what hangs: it restarts.
  expect(noteSilence(noteSilence(undefined, 'hangs', 5), 'away', 6).isGivenUp).toBe(true);
});
