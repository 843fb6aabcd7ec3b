import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** A small list that outlives the process. Readable by its owner only. */
export interface JsonFile<T> {
  all(): T[];
  /** Replaces the list, on the disk too, in one step. */
  save(items: T[]): void;
}

/** Opens the list in `path`; a file that is not there is an empty one. Throws when it is not what was written. */
export function openJsonFile<T>(path: string, item: z.ZodType<T>): JsonFile<T> {
  let items = existsSync(path) ? item.array().parse(JSON.parse(readFileSync(path, 'utf8'))) : [];
  return {
    all: () => items,
    save(next) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const half = `${path}.new`;
      writeFileSync(half, JSON.stringify(next), { mode: 0o600 });
      renameSync(half, path);
      items = next;
    },
  };
}
