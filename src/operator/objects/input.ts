import type { SiteSecrets } from '../../base/site-dir.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Json } from './json.ts';

/** The processes of a site's pod; each runs in a container of the same name. */
export type ContainerName = 'mysql' | 'rsyncd' | 'link' | 'sshd' | 'agent';

interface ClaimSpec {
  size?: string | undefined;
  storageClassName?: string | undefined;
}

type Fields = { [field: string]: Json };

/** The part of a Site's spec that is about its pod. */
export interface SitePodSpec {
  storage: ClaimSpec & {
    claimName?: string | undefined;
    path?: string | undefined;
    /** Of the database; by default on the given volume of the files, or else in a claim of its own. */
    state?: (ClaimSpec & { claimName?: string | undefined }) | undefined;
  };
  placement?: PlacementSpec | undefined;
  page?: PageSpec | undefined;
  pod?: PodSpec | undefined;
  deletionPolicy?: 'Retain' | 'Delete' | undefined;
}

export interface PageSpec {
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

interface PlacementSpec {
  nodeSelector?: Record<string, string> | undefined;
  tolerations?: Json[] | undefined;
  affinity?: Fields | undefined;
}

interface PodSpec {
  resources?: { [name in ContainerName]?: Fields | undefined } | undefined;
  imagePullPolicy?: string | undefined;
  priorityClassName?: string | undefined;
  annotations?: Record<string, string> | undefined;
}

/** The part of a Hub's spec that is about its Service. */
interface ServiceSpec {
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | undefined;
  annotations?: Record<string, string> | undefined;
  nodePort?: number | undefined;
}

/** All that the objects of one site depend on. */
export interface SiteInput {
  /** Made with `pods: true`. */
  plan: SitePlan;
  spec: SitePodSpec;
  hubService?: ServiceSpec | undefined;
  secrets: SiteSecrets;
  /** SSH keys, certificates, ca.pub and known_hosts by file name, as issueSite makes them. */
  keys: Record<string, string>;
  /** tls.crt and tls.key, as tlsKeys makes them. */
  tls: Record<string, string>;
  /** At a hub: the sealed bundles of its external neighbours, and the principals in their certificates. */
  bundles?: Record<string, string> | undefined;
  principals?: Record<string, string> | undefined;
  images: { sitesync: string; database: string };
  /** Secrets of the site's namespace with which images are pulled. */
  pullSecrets: string[];
  /** Namespaces from which the operator and monitoring reach the agent. */
  observers: string[];
  /** The volume to which the claim with the files is bound already. It keeps its name, which earlier releases chose. */
  volumeName?: string | undefined;
  /** Whether the cluster serves HTTPRoute. */
  gatewayApi: boolean;
  /** Of SiteSync. */
  version: string;
}
