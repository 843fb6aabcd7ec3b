/**
 * A network with this many sites: hubs first, then children with two hubs each; folders select groups of sites, and a tenth
 * of them all sites.
 */
export function networkOf(sites: number, hubs: number, folders: number) {
  const object = (kind: string, name: string, spec: object, labels: object = {}) => ({
    apiVersion: 'sitesync.dev/v1alpha1',
    kind,
    metadata: { name, labels },
    spec,
  });
  const hub = (i: number) => `hub-${i % hubs}`;
  const child = (i: number) =>
    object('Site', `office-${i}`, { hubs: [{ name: hub(i) }, { name: hub(i + 1) }] }, { group: `g${i % 10}` });
  return {
    first: Array.from({ length: hubs }, (_, i) => [object('Site', hub(i), {}), object('Hub', hub(i), {})]).flat(),
    rest: [
      ...Array.from({ length: folders }, (_, i) =>
        object('SyncFolder', `folder-${i}`, {
          selector: i % 10 === 0 ? {} : { matchLabels: { group: `g${i % 10}` } },
        }),
      ),
      ...Array.from({ length: sites - hubs }, (_, i) => child(i)),
    ],
    /** An additional site. */
    another: child(sites),
  };
}
