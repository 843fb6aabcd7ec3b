/** Waits until `condition` is truthy and returns its value; throws with what it last said when `timeoutMs` is over. */
export async function until<T>(
  condition: () => Promise<T> | T,
  timeoutMs = 15_000,
  what = 'the condition',
): Promise<NonNullable<T>> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms; last: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
