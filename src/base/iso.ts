/** ISO 8601 of Unix nanoseconds. Years before 0 and after 9999 are none that a browser reads: they become the nearest one. */
export function isoOfNs(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return new Date(Math.min(253_402_300_799_000, Math.max(-62_135_596_800_000, ms))).toISOString();
}

/** The same of Unix ms. */
export const isoOf = (ms: number) => isoOfNs(BigInt(Math.round(ms)) * 1_000_000n);
