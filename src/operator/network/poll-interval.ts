const POLL_MS = 4000;
/** What a thousand sites cost a hub and the operator: decision 0019 has the numbers. */
const POLL_MS_PER_SITE = 5;
/** Between the end of a poll and the start of the next one, however long it took. */
const REST_MS = 1000;

/** From the start of one poll to the next: often enough for a status that is never older than 30 s. Pure. */
export const pollMs = (sites: number): number => Math.max(POLL_MS, POLL_MS_PER_SITE * sites);

/** How long the operator rests after a poll that took `tookMs`. Pure. */
export const restMs = (sites: number, tookMs: number): number =>
  Math.min(Math.max(REST_MS, pollMs(sites) - tookMs), pollMs(sites));
