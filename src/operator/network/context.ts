import type { Logger } from 'pino';
import type { EngineName } from '../../topology/site-plan.ts';
import type { AppliedSites } from '../apply/applied-sites.ts';
import type { Caches } from '../apply/caches.ts';
import type { DriftTracker } from '../apply/drift.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { KeyMetrics } from '../keys/metrics.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Recorder } from '../kube/events.ts';
import type { LastKnown } from '../status/last-known.ts';
import type { Pace } from '../status/pace.ts';
import type { BundleStore } from './bundles.ts';
import type { Inventories } from './inventories.ts';
import type { SiteMetrics } from './metrics.ts';
import type { PodWatch } from './pod-watch.ts';
import type { Reports } from './reports.ts';
import type { Rollouts } from './rollouts.ts';
import type { KeyPolicy } from './rotations.ts';
import type { CredentialsCache } from './site-credentials.ts';
import type { SuppliedSecrets } from './supplied-secrets.ts';

/** The dependencies of a reconciliation. */
export interface Context {
  client: KubeClient;
  caches: Caches;
  clusters: Clusters;
  recorder: Recorder;
  inventories: Inventories;
  appliedSites: AppliedSites;
  drift: DriftTracker;
  pods: PodWatch;
  lastKnown: LastKnown;
  pace: Pace;
  rollouts: Rollouts;
  credentials: CredentialsCache;
  bundles: BundleStore;
  supplied: SuppliedSecrets;
  keyPolicy: KeyPolicy;
  reports: Reports;
  metrics: SiteMetrics;
  keyMetrics: KeyMetrics;
  /** What the database image runs. */
  engine: EngineName;
  images: { sitesync: string; database: string };
  /** Secrets in the namespaces of networks with which images are pulled. */
  pullSecrets: string[];
  /** Namespaces from which the operator and monitoring reach the agents. */
  observers: string[];
  version: string;
  /** Milliseconds until objects in a cluster that does not respond are abandoned. */
  giveUpMs: number;
  log: Logger;
  now(): number;
}
