import { constants } from 'node:os';
import type { NewEvent } from '../kube/events.ts';
import type { KubeObject } from '../kube/object.ts';

/** What the operator remembers about pods. A new operator accepts what it finds, so nothing is reported twice. */
export interface PodWatch {
  /** What happened to a site's pod since the last call. Without a pod nothing is reported, and nothing forgotten. */
  observe(network: string, site: string, pod: KubeObject | undefined): NewEvent[];
  forget(network: string): void;
}

interface PodMark {
  uid: string | undefined;
  /** Of the StatefulSet: it changes when the operator itself replaces the pod. */
  revision: string | undefined;
  restarts: Record<string, number>;
}

interface ContainerStatus {
  name: string;
  restartCount?: number;
  lastState?: { terminated?: { exitCode?: number; reason?: string } };
}

export function createPodWatch(): PodWatch {
  const networks = new Map<string, Map<string, PodMark>>();
  return {
    observe(network, site, pod) {
      if (!pod) return [];
      const marks = networks.get(network) ?? new Map<string, PodMark>();
      networks.set(network, marks);
      const before = marks.get(site);
      marks.set(site, markOf(pod));
      return before ? podEvents(before, pod) : [];
    },
    forget: (network) => void networks.delete(network),
  };
}

/** What is new since `before`: a pod replaced by somebody else, containers that exited and restarted. Pure. */
function podEvents(before: PodMark, pod: KubeObject): NewEvent[] {
  const { name } = pod.metadata;
  const now = markOf(pod);
  if (now.uid !== before.uid) {
    if (now.revision !== before.revision) return [];
    const message = `Pod ${name} was deleted or lost and has been replaced by an identical one`;
    return [{ type: 'Warning', reason: 'PodReplaced', message, action: 'Observe' }];
  }
  return containersOf(pod)
    .filter((one) => (one.restartCount ?? 0) > (before.restarts[one.name] ?? 0))
    .map((one) => ({
      type: 'Warning',
      reason: 'ContainerRestarted',
      message: `Container ${one.name} of pod ${name} exited ${howItEnded(one)} and was restarted for the ${ordinal(one.restartCount!)} time`,
      action: 'Observe',
    }));
}

function markOf(pod: KubeObject): PodMark {
  return {
    uid: pod.metadata.uid,
    revision: pod.metadata.labels?.['controller-revision-hash'],
    restarts: Object.fromEntries(containersOf(pod).map(({ name, restartCount = 0 }) => [name, restartCount])),
  };
}

function containersOf({ status }: KubeObject): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [] } = (status ?? {}) as {
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
  return [...initContainerStatuses, ...containerStatuses];
}

/** As the container runtime reports it: 137 is 128 plus the signal number. */
function howItEnded({ name, lastState }: ContainerStatus): string {
  const { exitCode, reason } = lastState?.terminated ?? {};
  if (name === 'agent' && exitCode === 0) return 'by itself, as it does for a new password or database,';
  if (reason === 'OOMKilled') return `because it exceeded its memory limit (increase spec.pod.resources.${name})`;
  if (exitCode === undefined) return 'for an unknown reason';
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0];
  return signal ? `on ${signal} (exit code ${exitCode})` : `with exit code ${exitCode}`;
}

function ordinal(count: number): string {
  const suffix = { one: 'st', two: 'nd', few: 'rd' }[
    new Intl.PluralRules('en', { type: 'ordinal' }).select(count) as string
  ];
  return `${count}${suffix ?? 'th'}`;
}
