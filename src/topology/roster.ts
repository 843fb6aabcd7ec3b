import type { FolderPlan, InlineBudget, SitePlan } from './site-plan.ts';

/**
 * What all sites of a network share of their plans. Kept once, beside them: a new site changes this, and of the plans only
 * those of its neighbours.
 */
export interface Roster {
  /** Every site of the network, sorted by name. */
  sites: SitePlan['sites'];
  /** By folder: positions in `sites` of those that hold it, as in "0-3,7". */
  members: Record<string, string>;
  inline: InlineBudget;
  beatSeconds: number;
}

/** What a plan has for its own site alone. */
export type OwnPlan = Omit<SitePlan, keyof Roster | 'folders'> & { folders: Omit<FolderPlan, 'members'>[] };

/** The roster of the network that these plans make; undefined when there are none. Pure. */
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
 * The whole plan. Of two documents one may be newer: a neighbour or a folder that the roster does not know begins when it
 * does, because what is not known of a neighbour must not open a fence. Pure; throws when the roster does not know the site itself.
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
