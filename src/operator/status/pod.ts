import type { KubeObject } from '../kube/object.ts';
import type { Failure } from './conditions.ts';

/** The state of a site's pod. */
export interface PodFacts {
  /** According to the StatefulSet, the pod is up to date and ready. */
  ready: boolean;
  /** Why not, according to kubelet or scheduler. */
  failure?: Failure;
  /** When the pod was created; Unix ms. */
  createdAt?: number;
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { reason?: string; message?: string; exitCode?: number };
  };
}

interface PodStatus {
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
}

/** Every pod starts by waiting for these. */
const NORMAL = new Set(['PodInitializing', 'ContainerCreating']);

/** The state of a site's pod; of several causes the one to look at first. Pure. */
export function podFacts(statefulSet: KubeObject | undefined, pod: KubeObject | undefined): PodFacts {
  const set = (statefulSet?.status ?? {}) as {
    readyReplicas?: number;
    observedGeneration?: number;
    updateRevision?: string;
    currentRevision?: string;
  };
  const current = statefulSet !== undefined && set.observedGeneration === statefulSet.metadata.generation;
  // The StatefulSet counts a terminating pod until it is gone.
  const stays = pod !== undefined && pod.metadata.deletionTimestamp === undefined;
  const age = createdAt(pod);
  if (stays && current && set.readyReplicas === 1 && set.updateRevision === set.currentRevision)
    return { ready: true, ...age };
  const failure = pod ? podFailure(pod) : { reason: 'NoPod', message: 'Its pod has not been created yet' };
  return { ready: false, failure, ...age };
}

function createdAt(pod: KubeObject | undefined): Pick<PodFacts, 'createdAt'> {
  const at = pod?.metadata.creationTimestamp;
  return at === undefined ? {} : { createdAt: Date.parse(at) };
}

/** A pod that somebody deleted is gone within a minute. One whose node is lost stays, and is evicted by its taint. */
function ending({ conditions = [] }: PodStatus): string {
  const isNodeLost = conditions.some(({ reason }) => reason === 'DeletionByTaintManager');
  return isNodeLost
    ? 'Its pod is terminating; as its node is lost, this takes until the node is back or removed'
    : 'Its pod is terminating and is replaced';
}

function podFailure(pod: KubeObject): Failure {
  const status = (pod.status ?? {}) as PodStatus;
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False')
    return {
      reason: scheduled.reason ?? 'Unschedulable',
      message: `Its pod cannot be scheduled: ${scheduled.message ?? ''}`,
    };
  if (pod.metadata.deletionTimestamp !== undefined) return { reason: 'PodTerminating', message: ending(status) };
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  for (const { name, state, restartCount = 0 } of containers) {
    const waiting = state?.waiting;
    if (waiting?.reason && !NORMAL.has(waiting.reason))
      return {
        reason: waiting.reason,
        message: `Container ${name}: ${waiting.message ?? waiting.reason}. See kubectl logs ${pod.metadata.name} -c ${name} --previous`,
      };
    const ended = state?.terminated;
    if (ended && ended.exitCode !== 0)
      return {
        reason: 'ContainerFailed',
        message: `Container ${name} exited with ${ended.reason ?? ended.exitCode}, ${restartCount} restarts so far`,
      };
  }
  const late = containers.find(({ ready }) => ready === false);
  return {
    reason: 'PodNotReady',
    message: late
      ? `Container ${late.name} is not ready. See kubectl logs ${pod.metadata.name} -c ${late.name}`
      : 'Its pod is starting',
  };
}
