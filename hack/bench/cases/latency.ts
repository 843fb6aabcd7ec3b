import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { hasSize, reached, timed } from '../measure.ts';
import type { Star } from '../star.ts';

/**
 * Seconds from the end of writing a file at a until it is at c, child → hub → hub → child, for each of `count` files.
 * Random pauses between them avoid measuring the phase of a timer.
 */
export async function latencies(
  star: Pick<Star, 'root'>,
  name: string,
  bytes: number,
  count: number,
): Promise<number[]> {
  const seconds: number[] = [];
  for (let i = 0; i < count; i++) {
    const file = `${name}-${bytes}-${i}`;
    const content = randomBytes(bytes);
    await pause(200 + Math.random() * 600);
    writeFileSync(join(star.root('a'), file), content);
    seconds.push(await timed(() => reached(() => hasSize(join(star.root('c'), file), bytes), 60_000, file, 2)));
  }
  return seconds;
}
