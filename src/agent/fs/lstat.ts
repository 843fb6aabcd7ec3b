import type { BigIntStats } from 'node:fs';
import { constants } from 'node:os';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import { storableTime } from '../../base/file-time.ts';
import type { At } from './at.ts';
import type { Reads, Root } from './disk.ts';
import type { FileFact } from './facts.ts';
import { errnoName, factFromWords, WORDS } from './statx.ts';
import { openTree } from './tree.ts';

/**
 * What is at `path` in a tree; undefined when nothing is, or something that is never synced (socket, device, pipe). Follows
 * no symlinks. Throws when that is unknown.
 */
export function factOf(root: Root, path: BytePath): FileFact | undefined {
  const tree = openTree(root);
  try {
    const at = tree.entry(path);
    return at && factAt(root.disk, at, path);
  } finally {
    tree.close();
  }
}

const words = new Uint32Array(WORDS);

export function factAt(disk: Pick<Reads, 'statInto'>, at: At, path: BytePath): FileFact | undefined {
  const errno = disk.statInto(at.fd, at.name, words, 0);
  if (errno === 0) return factFromWords(path, words, 0);
  if (errno === constants.errno.ENOENT || errno === constants.errno.ENAMETOOLONG) return undefined;
  const code = errnoName(errno);
  throw Object.assign(new Error(`${code}: "${displayPath(path)}" cannot be looked at`), { code });
}

export function factFrom(path: BytePath, stats: BigIntStats): FileFact | undefined {
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'dir' : stats.isSymbolicLink() ? 'symlink' : undefined;
  if (!kind) return undefined;
  const { mtimeNs, ctimeNs, ino } = stats;
  return {
    path,
    kind,
    size: kind === 'file' ? Number(stats.size) : 0,
    mtimeNs: storableTime(mtimeNs),
    ctimeNs: storableTime(ctimeNs),
    ino,
    mode: Number(stats.mode) & 0o7777,
  };
}
