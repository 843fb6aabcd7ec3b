import type { NetworkReport } from '../../api/network-report.ts';
import type { SiteStatus } from '../../api/status.ts';
import type { Problem } from '../../base/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Failure } from './conditions.ts';
import type { PageFacts } from './page.ts';
import type { PodFacts } from './pod.ts';

/** All that a Site's status depends on. */
export interface SiteFacts {
  generation: number | undefined;
  before: SiteStatus;
  /** What is wrong with what is written. */
  problems: Problem[];
  /** Undefined when it never was right: nothing runs. */
  plan: SitePlan | undefined;
  /** What could not be applied. */
  applyError?: Failure | undefined;
  pod: PodFacts | undefined;
  /** The newest report of a hub, if it is recent enough to be believed. */
  report: NetworkReport | undefined;
  /** The only hub by whose word the site is heard, when that one's agent is silent; the site itself when it is such a hub. */
  silentHub?: string | undefined;
  /** Why there is no report. */
  noReport: string;
  /** Of the folder with the strictest objective that the site holds: seconds. */
  freshnessSeconds: number;
  /** Its keys as they were made, and what is wrong with those that people supplied. */
  keys: { validUntil: number | undefined; failure?: Failure | undefined } | undefined;
  /** Undefined when its page is shown to nobody by an object of ours. */
  page?: PageFacts | undefined;
  now: number;
}
