/** Two hubs with two children each. */
export const SITES = ['h1', 'h2', 'a', 'b', 'c', 'd'] as const;
export type SiteName = (typeof SITES)[number];

/** Who dials whom. Of two hubs the alphabetically first dials. */
export const EDGES = {
  'a-h1': ['a', 'h1'],
  'b-h1': ['b', 'h1'],
  'c-h2': ['c', 'h2'],
  'd-h2': ['d', 'h2'],
  'h1-h2': ['h1', 'h2'],
} as const satisfies Record<string, readonly [SiteName, SiteName]>;
export type Edge = keyof typeof EDGES;
export const EDGE_NAMES = Object.keys(EDGES) as Edge[];

/** Sites whose tree is on a small disk of its own, where mounting is allowed. */
export const SMALL_DISKS: readonly SiteName[] = ['b', 'd'];

export const FOLDER = 'projects';
/** Names that an ignore rule excludes at times. */
export const SOMETIMES_IGNORED = /\.ign$/;
export const IGNORE_RULE = '*.ign';
