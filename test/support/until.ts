const LONGEST_PAUSE_MS = 500;

/**
 * Waits until `condition` is truthy and returns its value; throws with what it last said when `timeoutMs` is over. The pause is twice as long
 * as the question took, within limits: a command that is run again and again takes the processor from what it waits for.
 */
export async function until<T>(
  condition: () => Promise<T> | T,
  timeoutMs = 15_000,
  what = 'the condition',
  shortestPauseMs = 20,
): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    const asked = performance.now();
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms; last: ${String(last)}`);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(shortestPauseMs, 2 * (performance.now() - asked)));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
