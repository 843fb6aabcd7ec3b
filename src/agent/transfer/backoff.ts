/**
 * When to try again after the `attempts`-th failure (1, 2, …): doubles from `baseMs` up to `maxMs`, with jitter so that
 * a crowd of failures does not come back at once. Returns ms; `random` in [0, 1).
 */
export function backoffMs(attempts: number, baseMs: number, maxMs: number, random: number): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.max(0, attempts - 1));
  return full * (0.5 + random / 2);
}
