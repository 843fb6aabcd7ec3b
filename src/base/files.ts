import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The content of a file, or undefined when it does not exist. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes `text` to `path` atomically, unless it already has that content. Returns whether anything was written. */
export function writeIfChanged(path: string, text: string, mode = 0o600): boolean {
  if (readIfThere(path) === text) return false;
  const scratch = mkdtempSync(join(dirname(path), '.write-'));
  try {
    writeFileSync(join(scratch, 'file'), text, { mode });
    renameSync(join(scratch, 'file'), path);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return true;
}
