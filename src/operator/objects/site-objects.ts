import type { KubeObject } from '../kube/object.ts';
import { configMap, secret } from './files.ts';
import type { SiteInput } from './input.ts';
import { metadataOf, ROLE } from './labels.ts';
import { networkPolicy } from './network-policy.ts';
import { services } from './services.ts';
import { statefulSet } from './stateful-set.ts';
import { pathVolume } from './storage.ts';

/**
 * Every object of one site, in an order in which they can be applied: what the pod needs comes before it. Pure; the same input
 * gives the same bytes. Throws when keys are missing.
 */
export function siteObjects(input: SiteInput): KubeObject[] {
  const serviceAccount: KubeObject = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(input),
    automountServiceAccountToken: false,
  };
  return [
    serviceAccount,
    configMap(input),
    secret(input),
    networkPolicy(input),
    ...pathVolume(input),
    ...services(input),
    statefulSet(input),
  ];
}

/**
 * The objects of a whole network. A budget for the hubs together: a drain never takes two of them at a time, and is never
 * held up for good by a site that has only one pod.
 */
export function networkObjects(network: string, version: string): KubeObject[] {
  const name = { 'app.kubernetes.io/name': 'sitesync', 'app.kubernetes.io/component': 'site' };
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: {
        name: 'sitesync-hubs',
        namespace: network,
        labels: {
          'app.kubernetes.io/name': 'sitesync',
          'app.kubernetes.io/part-of': network,
          'app.kubernetes.io/managed-by': 'sitesync',
          'app.kubernetes.io/version': version,
        },
      },
      spec: { maxUnavailable: 1, selector: { matchLabels: { ...name, [ROLE]: 'hub' } } },
    },
  ];
}
