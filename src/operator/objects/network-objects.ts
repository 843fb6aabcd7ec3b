import { basename } from 'node:path';
import { SITE_TEMPLATE, siteSchema } from '../../database/schema.ts';
import type { Roster } from '../../topology/roster.ts';
import type { KubeObject } from '../kube/object.ts';
import { dir } from './files.ts';
import { ROLE } from './labels.ts';

/** The ConfigMap with what all sites of a network share. */
export const ROSTER = 'sitesync-roll';

/** The maximum size of a ConfigMap in bytes, less some for its metadata. */
const ROSTER_BYTES = 1_000_000;

/** What all sites share does not fit into one ConfigMap. */
export class NetworkTooLarge extends Error {}

/** Objects of a whole network. Pure. */
export function networkObjects(network: string, version: string, roster: Roster): KubeObject[] {
  const metadata = (name: string) => ({
    name,
    namespace: network,
    labels: {
      'app.kubernetes.io/name': 'sitesync',
      'app.kubernetes.io/part-of': network,
      'app.kubernetes.io/managed-by': 'sitesync',
      'app.kubernetes.io/version': version,
    },
  });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata(ROSTER), data: rosterFiles(roster) },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadata('sitesync-hubs'),
      // For all hubs together: a drain never evicts two of them at once, and is never blocked for good by a site, which has
      // only one pod.
      spec: { maxUnavailable: 1, selector: { matchLabels: { ...SITES, [ROLE]: 'hub' } } },
    },
  ];
}

const SITES = { 'app.kubernetes.io/name': 'sitesync', 'app.kubernetes.io/component': 'site' };

/** Throws {@link NetworkTooLarge} when it exceeds one ConfigMap. */
function rosterFiles(roster: Roster): Record<string, string> {
  const files = {
    [basename(dir.roster)]: `${JSON.stringify(roster)}\n`,
    [basename(dir.mysql.schemas)]: roster.sites.map(({ name }) => `${siteSchema(name)}\n`).join(''),
    [basename(dir.mysql.template)]: SITE_TEMPLATE,
  };
  const bytes = Object.values(files).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > ROSTER_BYTES) {
    throw new NetworkTooLarge(
      `the list of sites has ${bytes} bytes, the maximum is ${ROSTER_BYTES}: split the network into two namespaces, or let folders select whole groups of sites`,
    );
  }
  return files;
}
