const LOOK_MS = 4000;
/** What a thousand sites cost a hub and the operator: decision 0019 has the numbers. */
const LOOK_MS_PER_SITE = 5;
/** Between the end of a look and the next one, however long it took. */
const REST_MS = 1000;

/** From the start of one look to the next: hubs are asked again how the network stands, often enough for a status that is never older than 30 s. Pure. */
export const lookMs = (sites: number): number => Math.max(LOOK_MS, LOOK_MS_PER_SITE * sites);

/** How long the operator rests after a look that took `tookMs`. Pure. */
export const restMs = (sites: number, tookMs: number): number =>
  Math.min(Math.max(REST_MS, lookMs(sites) - tookMs), lookMs(sites));
