import { play } from './play.ts';
import type { Step } from './step.ts';

/** A shorter list of steps that violates one of these too: parts are left out, ever smaller ones, as long as it goes on failing. */
export async function shrink(
  seed: string,
  steps: readonly Step[],
  violated: readonly string[],
  say: (line: string) => void,
): Promise<readonly Step[]> {
  const fails = async (some: readonly Step[]) => {
    const { violations } = await play(seed, some);
    return violated.some((name) => violations.has(name));
  };
  let best = steps;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < best.length; ) {
      const less = [...best.slice(0, from), ...best.slice(from + size)];
      if (less.length > 0 && (await fails(less))) {
        best = less;
        say(`${best.length} steps fail too`);
      } else from += size;
    }
  }
  return best;
}
