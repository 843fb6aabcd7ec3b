import { type BigIntStats, lstatSync } from 'node:fs';
import { type BytePath, fsPath } from '../../base/bytes.ts';
import type { FileFact } from './facts.ts';

/** What is at `path` below `root`; undefined when nothing is, or something that is never synced (socket, device, pipe). */
export function factOf(root: string, path: BytePath): FileFact | undefined {
  const stats = lstatOrUndefined(`${root}/${path}`);
  return stats && factFrom(path, stats);
}

export function factFrom(path: BytePath, stats: BigIntStats): FileFact | undefined {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'dir' : stats.isSymbolicLink() ? 'symlink' : undefined;
  if (!kind) return undefined;
  const { mtimeNs, ctimeNs, ino } = stats;
  return { path, kind, size: kind === 'file' ? Number(stats.size) : 0, mtimeNs, ctimeNs, ino, mode: Number(stats.mode) & 0o7777 };
}

/** A parent that is no directory any more means that nothing is there, too. */
function lstatOrUndefined(path: BytePath): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}
