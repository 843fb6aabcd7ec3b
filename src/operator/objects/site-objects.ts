import type { KubeObject } from '../kube/object.ts';
import { exposure } from './exposure.ts';
import { bundlesSecret } from './external.ts';
import { configMap, secret } from './files.ts';
import type { SiteInput } from './input.ts';
import { metadataOf } from './labels.ts';
import { networkPolicy } from './network-policy.ts';
import { services } from './services.ts';
import { statefulSet } from './stateful-set.ts';
import { pathVolume } from './storage.ts';

/**
 * Every object of one site, in the order in which they can be applied: the pod's dependencies come first. Pure; equal input
 * gives equal bytes. Throws when keys are missing.
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
    ...bundlesSecret(input),
    networkPolicy(input),
    ...pathVolume(input),
    ...services(input),
    ...exposure(input),
    statefulSet(input),
  ];
}
