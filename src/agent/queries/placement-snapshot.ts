import { memo } from '../../base/memo.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { unheard } from './beats.ts';
import type { Contacts } from './contacts.ts';
import { type Placement, readPlacement } from './placement.ts';

/** A {@link Placement} at one moment. */
export interface PlacementSnapshot extends Placement {
  at: number;
  /**
   * Sites that are not heard, and when they last were, in Unix ms; 0 = never. What is known about them is as of then.
   */
  away: Map<string, number>;
}

const FRESH_MS = 300;

/** Reads a snapshot at most every {@link FRESH_MS}, however many are requested. */
export function snapshotReader(site: SiteView, links: Links, contacts: Contacts): () => Promise<PlacementSnapshot> {
  return memo(() => readSnapshot(site, links, contacts), FRESH_MS, site.monotonic);
}

async function readSnapshot(site: SiteView, links: Links, contacts: Contacts): Promise<PlacementSnapshot> {
  const placement = await readPlacement(site);
  const away = await unheard(site, links, contacts);
  return { ...placement, at: site.now(), away };
}
