/** The first `n` items. */
export function firstOf<T>(items: Iterable<T>, n: number): T[] {
  const first: T[] = [];
  if (n <= 0) return first;
  for (const item of items) if (first.push(item) === n) break;
  return first;
}
