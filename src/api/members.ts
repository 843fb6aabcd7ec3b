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
 * The hubs that hold a folder only because a member's link may lead to them: whichever hub of its list a child is
 * connected to, its files pass.
 */
export function relaysOf(folder: SyncFolder, sites: Site[]): Set<string> {
  const members = membersOf(folder, sites);
  const relays = new Set(members.flatMap(({ spec }) => spec.hubs.map(({ name }) => name)));
  for (const { metadata } of members) relays.delete(metadata.name);
  return relays;
}

/** Where a site keeps a folder, when the SyncFolder or the Site says so; without doubled or final slashes. */
export function placeOf({ metadata, spec }: SyncFolder, site: Site): string | undefined {
  const named = spec.sites.find(({ name }) => name === site.metadata.name)?.path;
  const { path: storage } = site.spec.storage;
  const path = named ?? (storage === undefined ? undefined : `${storage}/${metadata.name}`);
  return path?.replace(/\/+/g, '/').replace(/\/$/, '');
}
