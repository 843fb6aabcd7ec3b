import type { SiteSecrets } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Json } from './json.ts';

/** The processes of a site's pod; each is a container of its name. */
export type ContainerName = 'mysql' | 'rsyncd' | 'link' | 'sshd' | 'agent';

interface ClaimWish {
  size?: string | undefined;
  storageClassName?: string | undefined;
}

type Fields = { [field: string]: Json };

/** What a Site says about its pod: its spec. */
export interface PodWishes {
  storage: ClaimWish & {
    claimName?: string | undefined;
    path?: string | undefined;
    /** Of the database; on the volume of the files where that was given, a claim of its own otherwise. */
    state?: (ClaimWish & { claimName?: string | undefined }) | undefined;
  };
  placement?: PlacementWish | undefined;
  page?: PageWish | undefined;
  pod?: PodWish | undefined;
  deletionPolicy?: 'Retain' | 'Delete' | undefined;
}

export interface PageWish {
  usersSecret?: string | undefined;
  tlsSecret?: string | undefined;
  host?: string | undefined;
  ingress?:
    | {
        className?: string | undefined;
        annotations?: Record<string, string> | undefined;
        tlsSecretName?: string | undefined;
      }
    | undefined;
  httpRoute?:
    | { parentRefs: { name: string; namespace?: string | undefined; sectionName?: string | undefined }[] }
    | undefined;
  fromNamespaces?: string[] | undefined;
  oidc?: { secretName?: string | undefined } | undefined;
}

interface PlacementWish {
  nodeSelector?: Record<string, string> | undefined;
  tolerations?: Json[] | undefined;
  affinity?: Fields | undefined;
}

interface PodWish {
  resources?: { [name in ContainerName]?: Fields | undefined } | undefined;
  imagePullPolicy?: string | undefined;
  priorityClassName?: string | undefined;
  annotations?: Record<string, string> | undefined;
}

/** What a Hub says about its Service. */
interface ServiceWishes {
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | undefined;
  annotations?: Record<string, string> | undefined;
  nodePort?: number | undefined;
}

/** All that the objects of one site depend on. */
export interface SiteInput {
  /** Made with `pods: true`. */
  plan: SitePlan;
  spec: PodWishes;
  hubService?: ServiceWishes | undefined;
  secrets: SiteSecrets;
  /** SSH keys, certificates, ca.pub and known_hosts by file name, as issueSite makes them. */
  keys: Record<string, string>;
  /** tls.crt and tls.key, as tlsKeys makes them. */
  tls: Record<string, string>;
  /** At a hub, of its external neighbours: their sealed bundles, and the names in their certificates. */
  bundles?: Record<string, string> | undefined;
  principals?: Record<string, string> | undefined;
  images: { sitesync: string; database: string };
  /** Secrets of the site's namespace with which those are pulled. */
  pullSecrets: string[];
  /** Namespaces from which operator and monitoring ask the agent. */
  observers: string[];
  /** Whether the cluster knows HTTPRoutes. */
  gatewayApi: boolean;
  /** Of SiteSync. */
  version: string;
}
