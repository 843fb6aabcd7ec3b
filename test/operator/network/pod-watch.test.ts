import { expect, test } from 'vitest';
import type { KubeObject } from '../../../src/operator/kube/object.ts';
import { createPodWatch } from '../../../src/operator/network/pod-watch.ts';

interface Given {
  uid?: string;
  revision?: string;
  /** Restarts by container. */
  restarts?: Record<string, number>;
  last?: { exitCode?: number; reason?: string };
}

const pod = ({ uid = 'one', revision = 'r1', restarts = {}, last }: Given): KubeObject => {
  const statuses = Object.entries(restarts).map(([name, restartCount]) => ({
    name,
    restartCount,
    ...(last && { lastState: { terminated: last } }),
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'spain-0', uid, labels: { 'controller-revision-hash': revision } },
    status: {
      initContainerStatuses: statuses.filter(({ name }) => name !== 'agent'),
      containerStatuses: statuses.filter(({ name }) => name === 'agent'),
    },
  };
};
const messages = (looks: (Given | undefined)[]) => {
  const watch = createPodWatch();
  return looks.map((given) => watch.observe('acme', 'spain', given && pod(given)).map(({ message }) => message));
};

test('a container that exited is reported once, with the way it exited', () => {
  const [, , killed, same, failed, starved, renewed] = messages([
    { restarts: { link: 1, agent: 0 } },
    { restarts: { link: 1, agent: 0 } },
    { restarts: { link: 2, agent: 0 }, last: { exitCode: 137, reason: 'Error' } },
    { restarts: { link: 2, agent: 0 }, last: { exitCode: 137, reason: 'Error' } },
    { restarts: { link: 2, agent: 11 }, last: { exitCode: 1 } },
    { restarts: { link: 2, agent: 13 }, last: { exitCode: 137, reason: 'OOMKilled' } },
    { restarts: { link: 2, agent: 14 }, last: { exitCode: 0 } },
  ]);
  expect(renewed?.[0]).toContain('exited by itself, as it does for a new password or database, and was restarted');
  expect(killed).toEqual([
    'Container link of pod spain-0 exited on SIGKILL (exit code 137) and was restarted for the 2nd time',
  ]);
  expect(same).toEqual([]);
  expect(failed).toEqual([
    'Container agent of pod spain-0 exited with exit code 1 and was restarted for the 11th time',
  ]);
  expect(starved?.[0]).toMatch(/exceeded its memory limit \(increase spec\.pod\.resources\.agent\)/);
});

test('a deleted pod is reported when its replacement exists; one that the operator replaced is not', () => {
  const replaced = 'Pod spain-0 was deleted or lost and has been replaced by an identical one';
  expect(messages([{}, undefined, { uid: 'two' }])).toEqual([[], [], [replaced]]);
  expect(messages([{}, { uid: 'two', revision: 'r2' }])).toEqual([[], []]);
  expect(messages([{ restarts: { link: 7 } }])).toEqual([[]]);
});

test('nothing is kept of a network that is gone', () => {
  const watch = createPodWatch();
  watch.observe('acme', 'spain', pod({}));
  watch.forget('acme');
  expect(watch.observe('acme', 'spain', pod({ uid: 'two' }))).toEqual([]);
});
