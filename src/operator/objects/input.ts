import type { SiteSecrets } from '../../base/site-dir.ts';
import type { Engine } from '../../database/engine.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Json } from './object.ts';

/** The processes of a site's pod; each is a container of its name. */
export type ContainerName = 'mysql' | 'rsyncd' | 'link' | 'sshd' | 'agent';

interface ClaimWish {
  size?: string;
  storageClassName?: string;
}

/** What a Site says about its pod. */
export interface PodWishes {
  storage: ClaimWish & {
    claimName?: string;
    path?: string;
    /** Of the database; on the volume of the files where that was given, a claim of its own otherwise. */
    state?: ClaimWish & { claimName?: string };
  };
  placement?: { nodeSelector?: Record<string, string>; tolerations?: Json[]; affinity?: { [field: string]: Json } };
  pod?: {
    resources?: { [name in ContainerName]?: { [field: string]: Json } };
    imagePullPolicy?: string;
    priorityClassName?: string;
    annotations?: Record<string, string>;
  };
  deletionPolicy?: 'Retain' | 'Delete';
}

/** What a Hub says about its Service. */
export interface ServiceWishes {
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer';
  annotations?: Record<string, string>;
  nodePort?: number;
}

/** All that the objects of one site depend on. */
export interface SiteInput {
  /** Made with `pods: true`. */
  plan: SitePlan;
  spec: PodWishes;
  hubService?: ServiceWishes;
  engine: Pick<Engine, 'name' | 'config' | 'initSql'>;
  secrets: SiteSecrets;
  /** SSH keys, certificates, ca.pub and known_hosts by file name, as issueSite makes them. */
  keys: Record<string, string>;
  /** PEM. */
  tls: { certificate: string; key: string };
  images: { sitesync: string; database: string };
  /** Namespaces from which operator and monitoring ask the agent. */
  observers: string[];
  /** Of SiteSync. */
  version: string;
}
