const POLL_MS = 4000;
/** What polling a thousand sites costs a hub and the operator is in decision 0019. */
const POLL_MS_PER_SITE = 5;
/** The minimum between the end of a poll and the start of the next one. */
const REST_MS = 1000;

/** From the start of one poll to the next: often enough for a status that is never older than 30 s. Pure. */
export const pollMs = (sites: number): number => Math.max(POLL_MS, POLL_MS_PER_SITE * sites);

/** How long to wait after a poll that took `tookMs`. Pure. */
export const restMs = (sites: number, tookMs: number): number =>
  Math.min(Math.max(REST_MS, pollMs(sites) - tookMs), pollMs(sites));
