import type { Site, SyncFolder } from './schema.ts';

/** The sites that share a folder, by label or by name. */
export function membersOf({ spec }: SyncFolder, sites: Site[]): Site[] {
  const wanted = Object.entries(spec.selector?.matchLabels ?? {});
  return sites.filter(
    ({ metadata }) =>
      spec.sites.some(({ name }) => name === metadata.name) ||
      (spec.selector !== undefined && wanted.every(([key, value]) => metadata.labels[key] === value)),
  );
}

/**
 * The hubs that hold a folder only because a member may connect to them: its files pass through whichever hub it is
 * connected to.
 */
export function relaysOf(folder: SyncFolder, sites: Site[]): Set<string> {
  const members = membersOf(folder, sites);
  const relays = new Set(members.flatMap(({ spec }) => spec.hubs.map(({ name }) => name)));
  for (const { metadata } of members) relays.delete(metadata.name);
  return relays;
}

/** The path of a folder at a site, if the SyncFolder or the Site sets one; without double or trailing slashes. */
export function folderPath({ metadata, spec }: SyncFolder, site: Site): string | undefined {
  const named = spec.sites.find(({ name }) => name === site.metadata.name)?.path;
  const { path: storage } = site.spec.storage;
  const path = named ?? (storage === undefined ? undefined : `${storage}/${metadata.name}`);
  return path?.replace(/\/+/g, '/').replace(/\/$/, '');
}
