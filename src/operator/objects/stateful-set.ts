import type { KubeObject } from '../kube/object.ts';
import { agentContainer, initContainers, sidecars } from './containers.ts';
import { restartChecksum, USER } from './files.ts';
import type { SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { hubsOf, metadataOf, podLabels, selectorOf } from './labels.ts';
import { HEADLESS } from './services.ts';
import { claimTemplates } from './storage.ts';
import { volumes } from './volumes.ts';

/** The agent may take 10 s, then the sidecars end one after the other, the database last. */
const GRACE_SECONDS = 60;

export function statefulSet(input: SiteInput): KubeObject {
  const { plan, spec } = input;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: metadataOf(input),
    spec: {
      replicas: 1,
      // Replaces a pod that cannot start once its template is fixed; "OrderedReady" would wait for it forever.
      podManagementPolicy: 'Parallel',
      serviceName: metadataOf(input, HEADLESS).name,
      selector: { matchLabels: selectorOf(plan.site) },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: spec.deletionPolicy ?? 'Retain', whenScaled: 'Retain' },
      template: {
        metadata: {
          labels: podLabels(input),
          annotations: { ...spec.pod?.annotations, 'sitesync.dev/restart-checksum': restartChecksum(input) },
        },
        spec: podSpec(input),
      },
      volumeClaimTemplates: claimTemplates(input),
    },
  };
}

function podSpec(input: SiteInput): Json {
  const { plan, spec, pullSecrets } = input;
  const { nodeSelector, tolerations, affinity } = spec.placement ?? {};
  return {
    serviceAccountName: metadataOf(input).name,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: GRACE_SECONDS,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER.id,
      runAsGroup: USER.id,
      fsGroup: USER.id,
      // An office's tree may hold millions of files: check only its root.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(affinity && { affinity }),
    ...(plan.role === 'hub' && { topologySpreadConstraints: [hubsApart(plan.network)] }),
    ...(spec.pod?.priorityClassName !== undefined && { priorityClassName: spec.pod.priorityClassName }),
    initContainers: initContainers(input),
    containers: [agentContainer(input)],
    volumes: volumes(input, [...sidecars(input), 'agent']),
  };
}

/** Hubs on different nodes where possible: losing one node must not cut off everybody. */
const hubsApart = (network: string): Json => ({
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: hubsOf(network) },
});
