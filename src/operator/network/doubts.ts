import type { SitePlan } from '../../topology/site-plan.ts';
import type { KubeObject } from '../kube/object.ts';

/**
 * Why a hub's agent may not be at work, as its pod tells: kubelet has asked it in vain, again and again, or it has ended, begins, or
 * nobody can say.
 */
export type Doubt = 'hangs' | 'away';

/** An agent that ended and begins again at once is not given up: what its hub said last counts for so long. */
export const AWAY_MS = 10_000;

interface PodStatus {
  conditions?: { type: string; status: string }[];
  containerStatuses?: { name: string; ready?: boolean; started?: boolean; state?: { running?: object } }[];
}

/** Pure. */
export function doubtOf(pod: KubeObject | undefined): Doubt | undefined {
  if (!pod || pod.metadata.deletionTimestamp !== undefined) return 'away';
  const { conditions = [], containerStatuses = [] } = (pod.status ?? {}) as PodStatus;
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) return undefined;
  const agent = containerStatuses.find(({ name }) => name === 'agent');
  return agent?.state?.running && agent.started && !agent.ready ? 'hangs' : 'away';
}

/** The hubs among these about which there are doubts. @param podOf of a site */
export function doubtsAbout(
  asked: SitePlan[],
  podOf: (site: string) => KubeObject | undefined,
): ReadonlyMap<string, Doubt> {
  const hubs = asked.filter(({ role }) => role === 'hub');
  return new Map(
    hubs.flatMap(({ site }): [string, Doubt][] => {
      const doubt = doubtOf(podOf(site));
      return doubt ? [[site, doubt]] : [];
    }),
  );
}

/** Of a hub that answers nobody and about which there are doubts. */
export interface Silence {
  /** Unix ms: when the first question of the operator was in vain. */
  since: number;
  /** What it said last no longer counts. It never does again before the hub answers, or there are no doubts. */
  isGivenUp: boolean;
}

/** After one more question in vain. Pure. */
export function noteSilence(before: Silence | undefined, doubt: Doubt, now: number): Silence {
  const since = before?.since ?? now;
  return { since, isGivenUp: (before?.isGivenUp ?? false) || doubt === 'hangs' || now - since >= AWAY_MS };
}
