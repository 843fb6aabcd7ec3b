/** Nanoseconds since 1970 that a row can hold: from 1677 to 2262. Disks hold more, and programs with broken clocks write it. */
const EARLIEST = -(2n ** 63n);
const LATEST = 2n ** 63n - 1n;

/** A file's time as SiteSync knows it: beyond what a row can hold it is the nearest that it can. The file keeps its own. */
export function heldTime(ns: bigint): bigint {
  if (ns < EARLIEST) return EARLIEST;
  return ns > LATEST ? LATEST : ns;
}
