import { expect, test } from 'vitest';
import type { Condition } from '../../../src/api/status.ts';
import { transitions } from '../../../src/operator/status/conditions.ts';
import { createLastKnown } from '../../../src/operator/status/last-known.ts';

type Words = [Condition['status'], string];
const condition = (type: string, [status, reason]: Words): Condition => ({
  type,
  status,
  reason,
  message: reason,
  lastTransitionTime: '2026-11-26T00:00:00Z',
});

/** The reasons that are reported, round by round. */
function told(type: string, ...looks: Words[]): string[] {
  const lastKnown = createLastKnown();
  return looks.slice(1).flatMap((now, i) => {
    const before = lastKnown.see('acme', 'one', [condition(type, looks[i]!)]);
    return transitions(before, [condition(type, now)]).map(({ reason }) => reason);
  });
}
const unknown: Words = ['Unknown', 'NotSeen'];
const well: Words = ['True', 'Usable'];
const full: Words = ['False', 'DiskFilling'];

test('a problem that ended while it could not be seen is reported as over', () => {
  expect(told('StorageHealthy', well, full, unknown, unknown, well)).toEqual(['DiskFilling', 'StorageHealthy']);
});

test('so is a problem for which "True" is bad', () => {
  const held: Words = ['True', 'ManyFilesChanged'];
  expect(told('ChangesHeld', held, unknown, ['False', 'NothingHeld'])).toEqual(['NothingHeld']);
});

test('an unchanged condition is not reported', () => {
  expect(told('StorageHealthy', well, full, unknown, full)).toEqual(['DiskFilling']);
  expect(told('StorageHealthy', unknown, well, unknown, well)).toEqual([]);
});

test('that a site cannot be seen, and is seen again, is still reported', () => {
  expect(told('Connected', ['True', 'Heard'], ['Unknown', 'NoReport'], ['True', 'Heard'])).toEqual([
    'NoReport',
    'Connected',
  ]);
});

test('the normal start of a pod is not reported; the restart of a healthy one is', () => {
  const starting: Words[] = [
    ['False', 'NoPod'],
    ['False', 'PodNotReady'],
  ];
  expect(told('Ready', ['Unknown', 'NotSeen'], ...starting, ['True', 'Working'])).toEqual(['Ready']);
  expect(told('Ready', ['True', 'Working'], ...starting, ['False', 'ErrImagePull'])).toEqual(['NoPod', 'ErrImagePull']);
});
