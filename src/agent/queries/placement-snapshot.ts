import { memo } from '../../base/memo.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { unheard } from './beats.ts';
import type { Contacts } from './contacts.ts';
import { type Placement, readPlacement } from './placement.ts';

/** The state of all sites with respect to all versions at one moment, as far as known here. */
export interface PlacementSnapshot extends Placement {
  at: number;
  /** Unreachable sites, and since when: what is said about them is as of then. 0 = never heard. */
  away: Map<string, number>;
}

const FRESH_MS = 300;

/** Reads it at most every {@link FRESH_MS}, however many ask. */
export function snapshotReader(site: SiteView, links: Links, contacts: Contacts): () => Promise<PlacementSnapshot> {
  return memo(() => readSnapshot(site, links, contacts), FRESH_MS, site.monotonic);
}

async function readSnapshot(site: SiteView, links: Links, contacts: Contacts): Promise<PlacementSnapshot> {
  const placement = await readPlacement(site);
  const away = await unheard(site, links, contacts);
  return { ...placement, at: site.now(), away };
}
