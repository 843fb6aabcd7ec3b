import type { Endpoint } from '../api/address.ts';
import type { BrakeLimits } from '../api/brake.ts';
import type { OidcSettings } from '../api/oidc.ts';

export type { Endpoint };

export type EngineName = 'mariadb' | 'mysql';

/**
 * What one site runs, whom it is linked with and what it shares: the only description of the topology that the agent, the
 * local runner and the operator act on. Made by {@link plan}; plain JSON.
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
  /** {@link planHash} of the plan that this one was derived from, where a machine that joined has set its own ports. */
  planned?: string;
  /** The kind of its database; the same in the whole network, because replication does not work across kinds. */
  engine: EngineName;
  /** Loopback ports of this site's processes. `ssh` only at hubs. */
  ports: { mysql: number; rsync: number; api: number; ssh?: number };
  /** Where a hub's sshd listens. */
  listen?: Endpoint;
  /** Where the agent serves the page of the site; nowhere when absent. */
  page?: Endpoint;
  /** Addresses and ranges of the proxies in front of the page. */
  trustedProxies?: string[];
  /** How users sign in at the page, besides its own users; the secret part is stored elsewhere. */
  oidc?: OidcSettings;
  /** Where the agent exposes the site's status to the operator and monitoring, with TLS; absent = nowhere. */
  expose?: Endpoint;
  /** One entry per neighbour. A child's are in order of preference, and only one is up at a time. */
  links: LinkPlan[];
  folders: FolderPlan[];
  /** Every site of the network including this one, sorted by name. */
  sites: { name: string; id: number; role: 'hub' | 'child'; hub?: string }[];
  inline: InlineBudget;
  /** Seconds between two heartbeat rows when nothing else happens. */
  beatSeconds: number;
}

/**
 * The relation of this site to one neighbour. `uplink`: a child's to a hub. `downlink`: a hub's to a child. `trunk`: hub to
 * hub.
 */
export interface LinkPlan {
  peer: string;
  kind: 'uplink' | 'downlink' | 'trunk';
  /** True when this site runs the ssh client of the link. */
  dials: boolean;
  /** Where to dial: set when `dials`. */
  address?: Endpoint;
  /** OS user of the peer's sshd; absent when it is the same as here. */
  user?: string;
  /** Position in the child's list of hubs, 0 = home; 0 for trunks. */
  priority: number;
  /** Ports on this site's loopback that lead to the peer's database and rsync daemon. */
  peerMysql: number;
  peerRsync: number;
  /** On the dialling side: what ssh must request (-L and -R). On the accepting side: all that the peer may request. */
  forwards: { local: Forward[]; remote: Forward[] };
  /** One of the two is external, and the hub serves its latest bundle. */
  bundle?: true;
  /** Bytes per second this site may send to / receive from the peer; absent = unlimited. */
  upBytesPerSecond?: number;
  downBytesPerSecond?: number;
  /** ssh -C: worth its CPU time on slow links only. */
  compress: boolean;
}

/** A listening port on the loopback, and the loopback port at the other end to which it leads. */
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
  /** All content is verified within this time; absent = never. */
  verifySeconds?: number;
  /** Which permission bits are synced; absent = all of them. */
  metadata?: { mode: 'executable' | 'none' };
  /** Glob patterns of names or relative paths that are not synced. */
  ignore: string[];
  /** Names that not all clients can use are reported; absent = any name will do. */
  names?: 'portable';
  /** The limits of the brake, if not the defaults. */
  brake?: BrakeLimits;
  /** Sites that hold the folder (members and relays), sorted. */
  members: string[];
}

/** How much small content may travel inline in journal rows; sized for the network's slowest link. */
export interface InlineBudget {
  /** A file up to this size may travel in its row. */
  maxBytes: number;
  /** Sustained and burst budget of all inline contents per site. */
  bytesPerSecond: number;
  burstBytes: number;
}
