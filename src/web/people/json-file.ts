import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** A small persistent list, readable by its owner only. */
export interface JsonFile<T> {
  all(): T[];
  /** Replaces the list, atomically on disk too. */
  save(items: T[]): void;
}

/** Opens the list in `path`; a missing file is an empty list. Throws when it is corrupt. */
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
