import type { NetworkReport } from '../../api/network-report.ts';
import type { SiteStatus } from '../../api/status.ts';
import type { InputProblem } from '../../base/invalid-input.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Failure } from './conditions.ts';
import type { PageFacts } from './page.ts';
import type { PodFacts } from './pod.ts';
import type { RolloutWaiting } from './rollout.ts';

/** Everything that the status of a Site depends on. */
export interface SiteFacts {
  generation: number | undefined;
  before: SiteStatus;
  /** What is wrong with the spec. */
  problems: InputProblem[];
  /** Undefined when the spec never was valid: nothing runs. */
  plan: SitePlan | undefined;
  /** Why objects could not be applied. */
  applyError?: Failure | undefined;
  pod: PodFacts | undefined;
  /** It still has its previous pod template. */
  waiting?: RolloutWaiting | undefined;
  /** The latest report of a hub, if it is recent enough. */
  report: NetworkReport | undefined;
  /** The only hub that heard the site, if that hub's agent is silent; the site itself if it is such a hub. */
  silentHub?: string | undefined;
  /** Why there is none. */
  noReport: string;
  /** The strictest freshness objective among the site's folders, in seconds. */
  freshnessSeconds: number;
  /** The keys issued for it, and what is wrong with supplied ones. */
  keys: { validUntil: number | undefined; failure?: Failure | undefined } | undefined;
  /** Undefined when no object exposes its page. */
  page?: PageFacts | undefined;
  now: number;
}
