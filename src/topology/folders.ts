import { durationSeconds, sizeBytes } from '../api/quantity.ts';
import type { Resources, SyncFolder } from '../api/schema.ts';
import { membersOf } from '../api/validate.ts';
import { byName } from './links.ts';
import type { FolderPlan } from './site-plan.ts';

/**
 * The folders of every site. A hub that any member may connect to holds the folder too, as a relay: whichever hub a
 * child's link leads to, its files pass.
 */
export function foldersBySite(resources: Resources): Map<string, FolderPlan[]> {
  const bySite = new Map<string, FolderPlan[]>(resources.sites.map((site) => [site.metadata.name, []]));
  for (const folder of resources.folders.toSorted(byName)) {
    const members = new Set(membersOf(folder, resources.sites).map((site) => site.metadata.name));
    const relays = new Set<string>();
    for (const site of resources.sites) {
      if (!members.has(site.metadata.name)) continue;
      for (const { name } of site.spec.hubs) if (!members.has(name)) relays.add(name);
    }
    const holders = [...members, ...relays].sort();
    for (const name of holders) bySite.get(name)?.push(folderPlan(folder, name, relays.has(name), holders, resources));
  }
  return bySite;
}

function folderPlan(
  folder: SyncFolder,
  name: string,
  relay: boolean,
  members: string[],
  { sites }: Resources,
): FolderPlan {
  const { spec, metadata } = folder;
  const entry = spec.sites.find((one) => one.name === name);
  const storage = sites.find((site) => site.metadata.name === name)?.spec.storage.path;
  const path = entry?.path ?? (storage && `${storage.replace(/\/$/, '')}/${metadata.name}`);
  return {
    name: metadata.name,
    mode: relay ? 'relay' : (entry?.mode ?? 'readWrite'),
    ...(path !== undefined && { path }),
    versions: {
      keep: spec.versions.keep,
      maxAgeSeconds: durationSeconds(spec.versions.maxAge),
      maxBytes: sizeBytes(spec.versions.maxSize),
    },
    freshnessSeconds: durationSeconds(spec.freshness.target),
    ignore: spec.ignore,
    members,
  };
}
