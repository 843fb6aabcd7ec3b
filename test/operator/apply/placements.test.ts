import { expect, test } from 'vitest';
import { createPlacements } from '../../../src/operator/apply/placements.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'acme', resourceVersion },
});

test('the objects of a site are made again when what they are made from or one of them has changed', () => {
  const live = new Map([['brazil-config', object('brazil-config', '1')]]);
  const placements = createPlacements({ live: ({ metadata }) => live.get(metadata.name) });
  const plan = {};
  expect(placements.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
  placements.note('acme/brazil', [plan, 'mark'], [...live.values()]);
  expect(placements.unchanged('acme/brazil', [plan, 'mark'])).toEqual(['ConfigMap/brazil-config']);
  expect(placements.unchanged('acme/brazil', [{}, 'mark'])).toBeUndefined();
  expect(placements.unchanged('acme/brazil', [plan, 'other'])).toBeUndefined();
  expect(placements.unchanged('acme/spain', [plan, 'mark'])).toBeUndefined();
  live.set('brazil-config', object('brazil-config', '2'));
  expect(placements.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
  live.clear();
  expect(placements.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
});
