/**
 * The range of nanoseconds since 1970 that a row can hold: 1677 to 2262. Disks hold more, and programs with wrong clocks
 * use it.
 */
export const EARLIEST = -(2n ** 63n);
export const LATEST = 2n ** 63n - 1n;

/** A file's time as SiteSync stores it: clamped to what a row can hold. The file itself keeps its own. */
export function storableTime(ns: bigint): bigint {
  if (ns < EARLIEST) return EARLIEST;
  return ns > LATEST ? LATEST : ns;
}

/** Whether a stored time is that of the file: the ends of the range stand for all times beyond them. */
export const isStorable = (ns: bigint): boolean => ns > EARLIEST && ns < LATEST;
