import type { SitePlan } from '../../topology/site-plan.ts';
import type { KubeObject } from '../kube/object.ts';

/**
 * Why a hub's agent may not be working, judging by its pod. `hangs`: its probes fail repeatedly. `away`: it has exited, is
 * starting, or its state is unknown.
 */
export type Suspicion = 'hangs' | 'away';

/** An agent that restarts at once is not given up: the last report of its hub counts for this long. */
export const AWAY_MS = 10_000;

interface PodStatus {
  conditions?: { type: string; status: string }[];
  containerStatuses?: { name: string; ready?: boolean; started?: boolean; state?: { running?: object } }[];
}

/** Pure. */
export function suspicionOf(pod: KubeObject | undefined): Suspicion | undefined {
  if (!pod || pod.metadata.deletionTimestamp !== undefined) return 'away';
  const { conditions = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return undefined;
  const agent = containerStatuses.find(({ name }) => name === 'agent');
  return agent?.state?.running && agent.started && !agent.ready ? 'hangs' : 'away';
}

/**
 * The hubs whose agents may not be working.
 * @param podOf the pod of a site
 */
export function suspectHubs(
  asked: SitePlan[],
  podOf: (site: string) => KubeObject | undefined,
): ReadonlyMap<string, Suspicion> {
  const hubs = asked.filter(({ role }) => role === 'hub');
  return new Map(
    hubs.flatMap(({ site }): [string, Suspicion][] => {
      const suspicion = suspicionOf(podOf(site));
      return suspicion ? [[site, suspicion]] : [];
    }),
  );
}

/** A suspect hub that does not answer. */
export interface Silence {
  /** Unix ms of the first request without an answer. */
  since: number;
  /** Its last report no longer counts, until the hub answers or is no longer suspect. */
  isGivenUp: boolean;
}

/** The state after another request without an answer. Pure. */
export function noteSilence(before: Silence | undefined, suspicion: Suspicion, now: number): Silence {
  const since = before?.since ?? now;
  return { since, isGivenUp: (before?.isGivenUp ?? false) || suspicion === 'hangs' || now - since >= AWAY_MS };
}
