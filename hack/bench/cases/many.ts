import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reached, timed } from '../measure.ts';
import type { Star } from '../star.ts';

const DIRECTORIES = 100;
const FILES = 100;

/** Seconds from the end of writing 10,000 files of 1 KB in 100 directories at a until all are at c. */
export async function manyFiles(star: Pick<Star, 'root'>, name: string): Promise<number> {
  const base = join(star.root('a'), name);
  for (let d = 0; d < DIRECTORIES; d++) {
    mkdirSync(join(base, `${d}`), { recursive: true });
    for (let f = 0; f < FILES; f++) writeFileSync(join(base, `${d}`, `${f}`), randomBytes(1024));
  }
  let complete = 0;
  const next = () => {
    while (complete < DIRECTORIES && entries(join(star.root('c'), name, `${complete}`)) === FILES) complete++;
    return complete === DIRECTORIES;
  };
  return timed(() => reached(next, 300_000, '10,000 files', 25));
}

/** Finished files only: syncthing first writes to a name that starts with a dot. */
function entries(directory: string): number {
  try {
    return readdirSync(directory).filter((entry) => !entry.startsWith('.')).length;
  } catch {
    return 0; // does not exist yet
  }
}
