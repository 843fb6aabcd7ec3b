import { createHash } from 'node:crypto';
import type { Home } from '../clusters/home.ts';
import type { KubeObject } from '../kube/object.ts';
import { objectName } from '../objects/json.ts';
import { MANAGED_BY } from '../objects/labels.ts';
import { NETWORK_ID, SITE_UID } from '../objects/remote-object.ts';

/**
 * Records that objects of a Site are in another cluster. Written before the first of them, with a finalizer, so that after
 * a Site is deleted or moved, or its namespace deleted, they are removed, or abandoned with an Event.
 */
export interface PlacementRecord {
  name: string;
  site: string;
  siteUid: string;
  networkId: string;
  /** The Secret whose kubeconfig led there. */
  secret: string;
  home: Home;
  /** When its deletion was requested (Unix ms). */
  endsSince: number | undefined;
  object: KubeObject;
}

export const FINALIZER = 'sitesync.dev/placed-elsewhere';
const COMPONENT = { 'app.kubernetes.io/component': 'placement' };

export const isRecord = ({ kind, metadata: { labels } }: KubeObject) =>
  kind === 'ConfigMap' && labels?.['app.kubernetes.io/component'] === COMPONENT['app.kubernetes.io/component'];

/** The ConfigMap of a record. Pure. */
export function recordObject(
  network: string,
  { site, siteUid, networkId, secret, home }: Omit<PlacementRecord, 'name' | 'endsSince' | 'object'>,
): KubeObject {
  const digest = createHash('sha256').update(`${siteUid} ${home.uid}`).digest('hex').slice(0, 8);
  const metadata = {
    name: objectName(site, 'elsewhere', digest),
    namespace: network,
    labels: {
      ...MANAGED_BY,
      ...COMPONENT,
      'app.kubernetes.io/part-of': network,
      'app.kubernetes.io/instance': site,
      [NETWORK_ID]: networkId,
      [SITE_UID]: siteUid,
    },
    finalizers: [FINALIZER],
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { secret, ...home } };
}

/** Reads a record from its ConfigMap; undefined when it is corrupt: nothing is deleted because of it. */
export function readRecord(object: KubeObject): PlacementRecord | undefined {
  const { name, labels = {}, deletionTimestamp } = object.metadata;
  const { secret, uid, namespace, server } = (object.data ?? {}) as { [key: string]: string | undefined };
  const [site, networkId, siteUid] = ['app.kubernetes.io/instance', NETWORK_ID, SITE_UID].map((key) => labels[key]);
  if (!secret || !uid || !namespace || !server || !site || !networkId || !siteUid) return undefined;
  const endsSince = deletionTimestamp === undefined ? undefined : Date.parse(deletionTimestamp);
  return { name, site, siteUid, networkId, secret, home: { uid, namespace, server }, endsSince, object };
}

/** A Site as it is now. */
export interface CurrentSite {
  name: string;
  /** Undefined: it never had a valid spec, so its placement is unknown. */
  placement?: { secret: string | undefined; homeUid: string | undefined };
}

/** All existing Sites by uid. */
export type CurrentSites = ReadonlyMap<string, CurrentSite>;

export type RecordState = 'current' | 'moved' | 'deleted';

/** Whether a Site is still where its record says. When in doubt it is, so that nothing is deleted by mistake. Pure. */
export function recordState(
  { siteUid, home }: Pick<PlacementRecord, 'siteUid' | 'home'>,
  sites: CurrentSites,
): RecordState {
  const site = sites.get(siteUid);
  if (!site) return 'deleted';
  if (!site.placement) return 'current';
  const { secret, homeUid } = site.placement;
  if (secret === undefined) return 'moved';
  if (homeUid === undefined) return 'current';
  return homeUid === home.uid ? 'current' : 'moved';
}
