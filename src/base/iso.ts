/** ISO 8601 of Unix nanoseconds, clamped to the years 0 to 9999: browsers parse no others. */
export function isoOfNs(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return new Date(Math.min(253_402_300_799_000, Math.max(-62_135_596_800_000, ms))).toISOString();
}

/** The same for Unix milliseconds. */
export const isoOf = (ms: number) => isoOfNs(BigInt(Math.round(ms)) * 1_000_000n);
