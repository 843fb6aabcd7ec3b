import type { InputProblem } from '../base/invalid-input.ts';
import { folderPath, membersOf, relaysOf } from './members.ts';
import { problemAt } from './problem-at.ts';
import type { Resources, Site, SyncFolder } from './schema.ts';

interface Place {
  site: Site;
  folder: SyncFolder;
  path: string;
}

/** Folders of one site must not contain each other: each would sync the other's files as its own. */
export function overlapsAtSites(resources: Resources): InputProblem[] {
  const bySite = Map.groupBy(placesOf(resources), ({ site }) => site.metadata.name);
  return [...bySite.values()].flatMap(overlapping).map(([one, other]) => {
    const reason = `at ${one.site.metadata.name} its path ${one.path} overlaps ${other.path} of SyncFolder/${other.folder.metadata.name}`;
    return problemAt(one.folder, fieldOf(one), reason, 'Give each folder its own path, not inside another');
  });
}

/** The same for sites that all run on one machine: two of them would fight over one tree. Pure. */
export function overlapsBetweenSites(resources: Resources): InputProblem[] {
  return overlapping(placesOf(resources))
    .filter(([one, other]) => one.site !== other.site)
    .map(([one, other]) => {
      const reason = `at ${one.site.metadata.name} its path ${one.path} overlaps ${other.path} of ${other.site.metadata.name}, and both run on this machine`;
      return problemAt(one.folder, fieldOf(one), reason, 'Give each site its own path, not inside another');
    });
}

function placesOf({ sites, folders }: Resources): Place[] {
  return folders.flatMap((folder) => {
    const members = new Set(membersOf(folder, sites));
    const relays = relaysOf(folder, sites);
    return sites.flatMap((site) => {
      const path = folderPath(folder, site);
      return path !== undefined && (members.has(site) || relays.has(site.metadata.name))
        ? [{ site, folder, path }]
        : [];
    });
  });
}

/** Each place that equals or lies inside another one, with that one. Sorted by path, all places inside one follow it. */
function overlapping(places: Place[]): [Place, Place][] {
  const pairs: [Place, Place][] = [];
  let outer: Place | undefined;
  for (const place of places.toSorted((a, b) => (`${a.path}/` < `${b.path}/` ? -1 : 1))) {
    if (outer && `${place.path}/`.startsWith(`${outer.path}/`)) pairs.push([place, outer]);
    else outer = place;
  }
  return pairs;
}

function fieldOf({ folder, site }: Place): PropertyKey[] {
  const i = folder.spec.sites.findIndex(({ name, path }) => name === site.metadata.name && path !== undefined);
  return i < 0 ? ['metadata', 'name'] : ['spec', 'sites', i, 'path'];
}
