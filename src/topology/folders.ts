import { folderPath, membersOf, relaysOf } from '../api/members.ts';
import { durationSeconds, periodSeconds, sizeBytes } from '../api/quantity.ts';
import type { Resources, Site, SyncFolder } from '../api/schema.ts';
import { ignoredPatterns } from './ignored.ts';
import { byName } from './links.ts';
import type { FolderPlan } from './site-plan.ts';

/** The folders of every site by its name: those that it shares and, at a hub, those that it relays. Pure. */
export function foldersBySite({ sites, folders }: Resources): Map<string, FolderPlan[]> {
  const bySite = new Map<string, FolderPlan[]>(sites.map((site) => [site.metadata.name, []]));
  for (const folder of folders.toSorted(byName)) {
    const relays = relaysOf(folder, sites);
    const holders = [...membersOf(folder, sites).map((site) => site.metadata.name), ...relays].sort();
    const holding = new Set(holders);
    for (const site of sites) {
      const { name } = site.metadata;
      if (holding.has(name)) bySite.get(name)!.push(folderPlan(folder, site, relays.has(name), holders));
    }
  }
  return bySite;
}

function folderPlan(folder: SyncFolder, site: Site, relay: boolean, members: string[]): FolderPlan {
  const { spec, metadata } = folder;
  const entry = spec.sites.find(({ name }) => name === site.metadata.name);
  const path = folderPath(folder, site);
  const verifySeconds = periodSeconds(spec.verify.every);
  const { mode } = spec.metadata;
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
    ...(verifySeconds !== undefined && { verifySeconds }),
    ignore: ignoredPatterns(spec.ignore),
    ...(spec.names === 'portable' && { names: spec.names }),
    ...(mode !== 'full' && { metadata: { mode } }),
    ...(spec.brake && { brake: spec.brake }),
    members,
  };
}
