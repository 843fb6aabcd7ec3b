import type { Link } from './links.ts';
import type { InlineBudget } from './site-plan.ts';

/** Seconds of the slowest link that one inline content may take: it delays a heartbeat behind it by that much. */
const SECONDS = 0.25;
/** Share of the slowest link that inline contents may take: rows and heartbeats share one ordered stream. */
const SHARE = 0.1;
/** A burst may fill the slowest link's share for this many seconds. */
const BURST_SECONDS = 4;
const MIN_BYTES = 512;
const MAX_BYTES = 131_072;
/** When no link has a rate limit. */
const UNLIMITED: InlineBudget = { maxBytes: MAX_BYTES, bytesPerSecond: 8 * 2 ** 20, burstBytes: 16 * 2 ** 20 };

/** How much of the network's slowest link inline contents may take: every row passes every link. Pure. */
export function inlineBudget(links: Link[]): InlineBudget {
  const rates = links.flatMap(({ up, down }) => [up, down].filter((rate) => rate !== undefined));
  return rates.length === 0 ? UNLIMITED : budgetOf(Math.min(...rates));
}

/** The same where the slowest link carries so many bytes per second. Pure. */
export function budgetOf(slowest: number): InlineBudget {
  const maxBytes = Math.round(Math.min(MAX_BYTES, Math.max(MIN_BYTES, slowest * SECONDS)));
  const bytesPerSecond = Math.max(1, Math.round(slowest * SHARE));
  return { maxBytes, bytesPerSecond, burstBytes: Math.max(maxBytes, BURST_SECONDS * bytesPerSecond) };
}
