import type { VersionId } from './version.ts';

/**
 * Which versions of one origin a site holds, or has seen superseded: all up to `held`, and above it up to `known` all but
 * the `missing` ranges (inclusive, ascending). Avoids a row per file.
 */
export interface Custody {
  held: number;
  known: number;
  missing: [number, number][];
}

/** More ranges than this are merged into one: when in doubt, a version counts as missing. */
const MAX_RANGES = 64;

/** Custody from the numbers still wanted (ascending) and the highest number seen. */
export function custodyOf(known: number, wanted: number[]): Custody {
  const missing: [number, number][] = [];
  for (const seq of wanted) {
    const last = missing.at(-1);
    if (last && (seq <= last[1] + 1 || missing.length > MAX_RANGES)) last[1] = Math.max(last[1], seq);
    else missing.push([seq, seq]);
  }
  return { held: missing.length ? missing[0]![0] - 1 : known, known, missing };
}

export function holds(custody: Custody | undefined, seq: number): boolean {
  if (!custody || seq > custody.known) return false;
  return seq <= custody.held || !custody.missing.some(([from, to]) => seq >= from && seq <= to);
}

/**
 * Whether a version is counted as missing only because there are more ranges than custody can say: it may be there. Where
 * every other file waits, as for a full disk, the rest would otherwise never get past that site. Pure.
 */
export function mayHold(custody: Custody | undefined, seq: number): boolean {
  if (!custody || custody.missing.length <= MAX_RANGES) return false;
  const [from, to] = custody.missing.at(-1)!;
  return seq > from && seq < to;
}

/** A site always has its own versions. */
export function has(member: string, held: Map<string, Custody>, version: VersionId): boolean {
  return member === version.origin || holds(held.get(version.origin), version.seq);
}

/** `3-7 9`: the form in the row. */
export function formatRanges(ranges: [number, number][]): string {
  return ranges.map(([a, b]) => (a === b ? String(a) : `${a}-${b}`)).join(' ');
}

/** Parses a row written by another site; if malformed, everything above `held` counts as missing. */
export function parseCustody(held: number, known: number, text: string): Custody {
  const missing: [number, number][] = [];
  let last = 0;
  for (const part of text.split(' ').filter(Boolean)) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
    const [from, to] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
    if (!(from > last && to >= from)) return { held, known: Math.min(held, known), missing: [] };
    missing.push([from, to]);
    last = to;
  }
  return { held, known, missing };
}
