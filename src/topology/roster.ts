import type { FolderPlan, InlineBudget, SitePlan } from './site-plan.ts';

/**
 * What all sites of a network share of their plans. Stored once, separately: a new site changes the roster and only the
 * plans of its neighbours.
 */
export interface Roster {
  /** Every site of the network, sorted by name. */
  sites: SitePlan['sites'];
  /** By folder: the indexes in `sites` of those that hold it, as in "0-3,7". */
  members: Record<string, string>;
  inline: InlineBudget;
  beatSeconds: number;
}

/** The part of a plan that is about its own site alone. */
export type OwnPlan = Omit<SitePlan, keyof Roster | 'folders'> & { folders: Omit<FolderPlan, 'members'>[] };

/** The roster of the network with these plans; undefined without plans. Pure. */
export function rosterOf(plans: SitePlan[]): Roster | undefined {
  const [first] = plans;
  if (!first) return undefined;
  const { sites, inline, beatSeconds } = first;
  const position = new Map(sites.map(({ name }, i) => [name, i]));
  const folders = new Map(plans.flatMap((plan) => plan.folders).map((folder) => [folder.name, folder.members]));
  const members = [...folders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, names]) => [folder, formatRanges(names.map((name) => position.get(name)!).sort((a, b) => a - b))]);
  return { sites, members: Object.fromEntries(members), inline, beatSeconds };
}

/** Pure. */
export function ownPlan({ sites: _sites, inline: _inline, beatSeconds: _beat, folders, ...own }: SitePlan): OwnPlan {
  return { ...own, folders: folders.map(({ members: _members, ...folder }) => folder) };
}

/**
 * The whole plan. One of the two documents may be newer: a neighbour or a folder that the roster does not have yet is left
 * out until it does, because filters must not let through what is unknown. Pure; throws when the roster lacks the site
 * itself.
 */
export function joinPlan(own: OwnPlan, { sites, members, inline, beatSeconds }: Roster): SitePlan {
  const names = new Set(sites.map(({ name }) => name));
  if (!names.has(own.site)) throw new Error(`"${own.site}" is not in the list of sites yet`);
  const folders = own.folders.map((folder) => ({
    ...folder,
    members: parseRanges(members[folder.name] ?? '').flatMap((i) => sites[i]?.name ?? []),
  }));
  return {
    ...own,
    links: own.links.filter(({ peer }) => names.has(peer)),
    folders: folders.filter((folder) => folder.members.includes(own.site)),
    sites,
    inline,
    beatSeconds,
  };
}

function formatRanges(sorted: number[]): string {
  const ranges: [number, number][] = [];
  for (const i of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else ranges.push([i, i]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

function parseRanges(text: string): number[] {
  return text
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
}
