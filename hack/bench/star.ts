/** Two hubs with two children each; the longest route is a → h1 → h2 → c. */
export const HUBS = ['h1', 'h2'] as const;
export const CHILDREN = { a: 'h1', b: 'h1', c: 'h2', d: 'h2' } as const;
export const SITES = [...HUBS, ...(Object.keys(CHILDREN) as (keyof typeof CHILDREN)[])];
export type SiteName = (typeof SITES)[number];

/** The star as run by one synchroniser. */
export interface Star {
  /** Directory of the shared folder at a site. */
  root(site: SiteName): string;
  /** Whether a site has started to receive this file; absent where that is not observable. */
  receiving?(site: SiteName, name: string): boolean;
  /** Bytes on each link since the start, both directions together. Links: a-h1, b-h1, c-h2, d-h2, h1-h2. */
  wireBytes(): Record<string, number>;
  /** Processes of a site. */
  pids(site: SiteName): Promise<number[]>;
  /** Resolves when nothing is left to do at any site. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** A row of the report. Figures are null where a peer was not measured. */
export interface Row {
  what: string;
  unit: string;
  goal: string;
  met: boolean;
  sitesync: number;
  peers: Record<string, number | undefined>;
  /** Load average of the last minute when it was measured. */
  load: number;
}
