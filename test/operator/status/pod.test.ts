import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import { podFacts } from '../../../src/operator/status/pod.ts';

const set: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'spain', generation: 1 },
  status: { readyReplicas: 1, observedGeneration: 1, updateRevision: 'a', currentRevision: 'a' },
};
const pod = (metadata: object, status: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'spain-0', ...metadata },
  status,
});

test('a pod is ready when its StatefulSet says so, and it is not terminating', () => {
  expect(podFacts(set, pod({}))).toEqual({ ready: true });
  expect(podFacts({ ...set, metadata: { name: 'spain', generation: 2 } }, pod({})).ready).toBe(false);
  // The StatefulSet hears of it later.
  const ending = podFacts(set, pod({ deletionTimestamp: '2026-11-26T00:00:00Z' }));
  expect(ending).toMatchObject({ ready: false, failure: { reason: 'PodTerminating' } });
  expect(ending.failure?.message).toBe('Its pod is terminating and is replaced');
  const taint = [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager' }];
  const lost = podFacts(set, pod({ deletionTimestamp: '2026-11-26T00:00:00Z' }, { conditions: taint }));
  expect(lost.failure?.message).toMatch(/node is lost/);
  expect(podFacts(set, undefined)).toMatchObject({ ready: false, failure: { reason: 'NoPod' } });
});

test('the reason why it is not ready is what a person would check first', () => {
  const waiting = { name: 'mysql', state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } };
  const failed = { name: 'link', restartCount: 3, state: { terminated: { exitCode: 2 } } };
  const late = { name: 'agent', ready: false, state: { running: {} } };
  const reasons = [[waiting, late], [failed, late], [late]].map(
    (containerStatuses) => podFacts(undefined, pod({}, { containerStatuses })).failure,
  );
  expect(reasons.map((failure) => failure?.reason)).toEqual(['ErrImagePull', 'ContainerFailed', 'PodNotReady']);
  expect(reasons[1]!.message).toBe('Container link exited with 2, 3 restarts so far');
  const unplaced = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }];
  expect(podFacts(undefined, pod({}, { conditions: unplaced })).failure?.message).toBe(
    'Its pod cannot be scheduled: 0/3 nodes',
  );
});
