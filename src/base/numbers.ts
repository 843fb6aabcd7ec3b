/** The latest time a Date can represent, in Unix ms; the earliest is its negative. */
const LAST_MS = 8.64e15;

/** A count from another site: a safe, non-negative integer. Other values are clamped to the nearest one, or to 0. */
export function safeCount(value: unknown): number {
  return clamp(value, 0, Number.MAX_SAFE_INTEGER);
}

/** A time from another site, in Unix ms, clamped to what a Date can represent. */
export function safeTime(value: unknown): number {
  return clamp(value, -LAST_MS, LAST_MS);
}

function clamp(value: unknown, least: number, most: number): number {
  const number = Math.round(Number(value));
  return Number.isNaN(number) ? 0 : Math.min(most, Math.max(least, number));
}
