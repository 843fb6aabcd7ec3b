/** A path with recent kernel events. Times in ms. */
export interface Stir {
  first: number;
  last: number;
}

/** No path is quiet earlier than this after its last event. */
export const MIN_QUIET_MS = 60;
const MAX_MS = 2000;

/**
 * When a path counts as quiet: after a quarter of the time over which it kept changing, at least 60 ms (so that the halves
 * of a rename come together), at most 2 s. A file that was copied in one go is examined almost at once, one that grows
 * slowly is given time.
 */
export function quietAt({ first, last }: Stir): number {
  return last + Math.min(MAX_MS, Math.max(MIN_QUIET_MS, (last - first) / 4));
}
