import { expect, test } from 'vitest';
import { createAppliedSites } from '../../../src/operator/apply/applied-sites.ts';
import type { KubeObject } from '../../../src/operator/kube/object.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'acme', resourceVersion },
});

test('the objects of a site are rebuilt when one of them or one of their inputs has changed', () => {
  const live = new Map([['brazil-config', object('brazil-config', '1')]]);
  const appliedSites = createAppliedSites({ live: ({ metadata }) => live.get(metadata.name) });
  const plan = {};
  expect(appliedSites.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
  appliedSites.note('acme/brazil', [plan, 'mark'], [...live.values()]);
  expect(appliedSites.unchanged('acme/brazil', [plan, 'mark'])).toEqual(['ConfigMap/brazil-config']);
  expect(appliedSites.unchanged('acme/brazil', [{}, 'mark'])).toBeUndefined();
  expect(appliedSites.unchanged('acme/brazil', [plan, 'other'])).toBeUndefined();
  expect(appliedSites.unchanged('acme/spain', [plan, 'mark'])).toBeUndefined();
  live.set('brazil-config', object('brazil-config', '2'));
  expect(appliedSites.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
  live.clear();
  expect(appliedSites.unchanged('acme/brazil', [plan, 'mark'])).toBeUndefined();
});
