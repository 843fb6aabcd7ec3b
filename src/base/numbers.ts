/** The last moment that a Date can say, in Unix ms; the first is as far the other way. */
const LAST_MS = 8.64e15;

/** A count of another site: whole, not negative, and small enough to be exact. What it wrote instead counts as the nearest such number, or as 0. */
export function countOf(value: unknown): number {
  return clamp(value, 0, Number.MAX_SAFE_INTEGER);
}

/** A moment of another site, in Unix ms: one that a Date can say. */
export function momentOf(value: unknown): number {
  return clamp(value, -LAST_MS, LAST_MS);
}

function clamp(value: unknown, least: number, most: number): number {
  const number = Math.round(Number(value));
  return Number.isNaN(number) ? 0 : Math.min(most, Math.max(least, number));
}
