import type { Endpoint } from '../api/address.ts';
import type { BrakeLimits } from '../api/brake.ts';
import type { OidcSettings } from '../api/oidc.ts';

export type { Endpoint };

export type EngineName = 'mariadb' | 'mysql';

/**
 * What one site runs, with whom it is linked and what it shares: the only description of the topology that
 * the agent, the local runner and the operator act on. Made by {@link plan}; plain JSON.
 */
export interface SitePlan {
  /** The sync network: the namespace of its resources. */
  network: string;
  site: string;
  /** 1 … 2^31-1, a hash of the name: server id and GTID domain of its database. Never changes. */
  id: number;
  role: 'hub' | 'child';
  /** It runs on a machine of its own, which joined with a bundle, and not as a pod like its hubs. */
  external?: true;
  /** {@link planHash} of the plan that this one was made from, where a machine that joined put ports of its own into it. */
  planned?: string;
  /** What its database runs; the same in the whole network, for replication knows one kind only. */
  engine: EngineName;
  /** Loopback ports of this site's processes. `ssh` only at hubs. */
  ports: { mysql: number; rsync: number; api: number; ssh?: number };
  /** Where a hub's sshd listens. */
  listen?: Endpoint;
  /** Where the agent serves the page of the site; nowhere when absent. */
  page?: Endpoint;
  /** How people sign in at the page beside its own users; the secret of it lies elsewhere. */
  oidc?: OidcSettings;
  /** Where the agent shows how the site stands to operator and monitoring, by TLS; nowhere when absent. */
  expose?: Endpoint;
  /** One entry per neighbour. A child's are in order of preference and only one is up at a time. */
  links: LinkPlan[];
  folders: FolderPlan[];
  /** Every site of the network, this one too, sorted by name. */
  sites: { name: string; id: number; role: 'hub' | 'child'; hub?: string }[];
  inline: InlineBudget;
  /** Seconds between two heartbeat rows when nothing else happens. */
  beatSeconds: number;
}

/**
 * The relation of this site to one neighbour.
 * `uplink`: a child's to a hub. `downlink`: a hub's to a child. `trunk`: hub to hub.
 */
export interface LinkPlan {
  peer: string;
  kind: 'uplink' | 'downlink' | 'trunk';
  /** True when this site runs the ssh client of the link. */
  dials: boolean;
  /** Where to dial: set when `dials`. */
  address?: Endpoint;
  /** OS user that the peer's sshd runs as; absent when it is the same name as here. */
  user?: string;
  /** Position in the child's list of hubs, 0 = home; 0 for trunks. */
  priority: number;
  /** Ports on this site's loopback behind which the peer's database and rsync daemon answer. */
  peerMysql: number;
  peerRsync: number;
  /** For the dialling side: what ssh must ask for (-L and -R). For the accepting side: all that it permits the peer. */
  forwards: { local: Forward[]; remote: Forward[] };
  /** One of the two is external, and the hub has its newest bundle for it to pull. */
  bundle?: true;
  /** Bytes per second this site may send to / receive from the peer; absent = unlimited. */
  upBytesPerSecond?: number;
  downBytesPerSecond?: number;
  /** ssh -C: worth its CPU on slow links only. */
  compress: boolean;
}

/** A listening loopback port and the loopback port at the other end that it leads to. */
export interface Forward {
  listen: number;
  to: number;
}

export interface FolderPlan {
  name: string;
  /** `relay`: a hub that holds the folder only because its children share it. */
  mode: 'readWrite' | 'receiveOnly' | 'sendOnly' | 'relay';
  /** Absolute path when the Site or SyncFolder names one; otherwise the site's own folder for it. */
  path?: string;
  versions: { keep: number; maxAgeSeconds: number; maxBytes: number };
  freshnessSeconds: number;
  /** All content is read again within this time; absent = never. */
  verifySeconds?: number;
  /** Glob patterns of names or relative paths that are not synced. */
  ignore: string[];
  /** What a person must approve, when it is not the default. */
  brake?: BrakeLimits;
  /** Sites that hold the folder (members and relays), sorted. */
  members: string[];
}

/** How much small content may travel inside journal rows; fit for the slowest link of the network. */
export interface InlineBudget {
  /** A file up to this size may travel in its row. */
  maxBytes: number;
  /** Sustained and burst budget of all contents in rows, per site. */
  bytesPerSecond: number;
  burstBytes: number;
}
