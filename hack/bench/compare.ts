import { load } from './measure.ts';
import type { Row } from './star.ts';

/** A row of the report whose goal is at most `limit`; without a goal: `Number.POSITIVE_INFINITY`. */
export function compare(
  what: string,
  unit: string,
  limit: number,
  sitesync: number,
  peers: Record<string, number | undefined>,
): Row {
  const rounded = Object.entries(peers).map(([peer, value]) => [peer, value === undefined ? undefined : round(value)]);
  return {
    what,
    unit,
    goal: Number.isFinite(limit) ? `≤ ${round(limit)}` : '',
    met: sitesync <= limit,
    sitesync: round(sitesync),
    peers: Object.fromEntries(rounded),
    load: load(),
  };
}

/** Three significant digits. */
export const round = (value: number) => Number(value.toPrecision(3));
