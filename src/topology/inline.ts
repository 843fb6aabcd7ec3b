import type { Link } from './links.ts';
import type { InlineBudget } from './site-plan.ts';

/** Seconds of the slowest line that one small content may take: a heartbeat behind it is late by so much. */
const SECONDS = 0.25;
/** Share of the slowest line that contents in rows may take: rows and heartbeats are one ordered stream. */
const SHARE = 0.1;
/** A burst fills the slowest line's share for so many seconds. */
const BURST_SECONDS = 4;
const MIN_BYTES = 512;
const MAX_BYTES = 131_072;
/** When no link has a rate. */
const UNLIMITED: InlineBudget = { maxBytes: MAX_BYTES, bytesPerSecond: 8 * 2 ** 20, burstBytes: 16 * 2 ** 20 };

/** What contents in rows may take of the slowest link of the network: every row passes every link. Pure. */
export function inlineBudget(links: Link[]): InlineBudget {
  const rates = links.flatMap(({ up, down }) => [up, down].filter((rate) => rate !== undefined));
  if (rates.length === 0) return UNLIMITED;
  const slowest = Math.min(...rates);
  const maxBytes = Math.round(Math.min(MAX_BYTES, Math.max(MIN_BYTES, slowest * SECONDS)));
  const bytesPerSecond = Math.max(1, Math.round(slowest * SHARE));
  return { maxBytes, bytesPerSecond, burstBytes: Math.max(maxBytes, BURST_SECONDS * bytesPerSecond) };
}
