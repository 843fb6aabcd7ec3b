/** A seeded source of random numbers: the same seed gives the same numbers on every machine. */
export interface Random {
  /** At least `from`, less than `to`. */
  float(from: number, to: number): number;
  /** At least `from`, at most `to`. */
  int(from: number, to: number): number;
  pick<T>(list: readonly T[]): T;
  /** By weight; a weight of 0 is never chosen. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
}

/** mulberry32 over a hash of the seed. */
export function randomOf(seed: string): Random {
  let state = 2_166_136_261;
  for (const char of seed) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const float = (from: number, to: number) => from + next() * (to - from);
  const int = (from: number, to: number) => Math.floor(float(from, to + 1));
  return {
    float,
    int,
    pick: <T>(list: readonly T[]) => list[int(0, list.length - 1)] as T,
    weighted<T extends string>(weights: Readonly<Record<T, number>>) {
      const entries = Object.entries(weights) as [T, number][];
      let left = float(
        0,
        entries.reduce((sum, [, weight]) => sum + weight, 0),
      );
      for (const [name, weight] of entries) {
        left -= weight;
        if (left < 0) return name;
      }
      return entries[0]![0];
    },
  };
}
