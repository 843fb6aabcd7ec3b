import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Disk, Root } from './disk.ts';
import { NotADirectory, OpenDirectories } from './open-directories.ts';

/**
 * Reads a folder's tree. Every directory is reached from the root without following symlinks: a path whose parent was
 * replaced by a symlink leads nowhere, not outside.
 */
export interface Tree {
  readonly disk: Disk;
  /** An entry in its open directory; undefined when the directory does not exist. Throws when it cannot be opened. */
  entry(path: BytePath): At | undefined;
  /** A descriptor of a directory, to be closed by the caller; undefined when it does not exist. */
  open(dir: BytePath): number | undefined;
  /** Closes the directories that were opened: after a pause they may have moved. */
  rest(): void;
  close(): void;
}

/** Throws when the root does not exist. */
export function openTree({ root, disk }: Root): Tree {
  const fd = disk.openRoot(root);
  const directories = new OpenDirectories({ rootFd: fd, disk });

  function entry(path: BytePath): At | undefined {
    try {
      return directories.entry(path, false);
    } catch (error) {
      if (error instanceof NotADirectory) return undefined;
      throw error;
    }
  }

  return {
    disk,
    entry,
    open(dir) {
      const self = entry(dir === '' ? '.' : `${dir}/.`);
      return self && disk.reopen(self.fd);
    },
    rest: () => directories.close(),
    close() {
      directories.close();
      disk.close(fd);
    },
  };
}
