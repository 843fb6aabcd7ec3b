import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { At } from '../fs/at.ts';
import type { Disk } from '../fs/disk.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { pullDirectory } from './pull-directory.ts';

/** A file below the directory of a pull. */
interface Left {
  path: BytePath;
  size: number;
}

/**
 * Moves what an earlier try left of a content to `path` below the directory of its pull, whatever the file was called then,
 * and removes everything else there. Returns its size in bytes, 0 when there is nothing to go on with.
 * @param size of the content: something longer is not its beginning
 */
export function takeUp(folder: OpenFolder, name: string, path: BytePath, size: number): number {
  const { disk, partialFd } = folder;
  const top: At = { fd: partialFd, name };
  if (!disk.look(top)) return 0;
  const left = filesBelow(disk, top, '')
    .filter((one) => one.size > 0 && one.size <= size)
    .toSorted((a, b) => b.size - a.size)[0];
  if (!left) {
    disk.removeAll(top);
    return 0;
  }
  const spare: At = { fd: partialFd, name: `${name}-left` };
  disk.replace({ fd: partialFd, name: `${name}/${left.path}` }, spare);
  disk.removeAll(top);
  const rootFd = disk.openDirectory(pullDirectory(folder, name).directory);
  const directories = new OpenDirectories({ rootFd, disk });
  try {
    disk.replace(spare, directories.entry(path, true)!);
  } finally {
    directories.close();
    disk.close(rootFd);
  }
  return left.size;
}

function filesBelow(disk: Disk, directory: At, below: BytePath): Left[] {
  const fd = disk.openDirectory(directory);
  try {
    return [...disk.names(fd)].flat().flatMap((name): Left[] => {
      const stats = disk.look({ fd, name });
      const path = joinPath(below, name);
      if (stats?.isDirectory()) return filesBelow(disk, { fd, name }, path);
      return stats?.isFile() ? [{ path, size: Number(stats.size) }] : [];
    });
  } finally {
    disk.close(fd);
  }
}
