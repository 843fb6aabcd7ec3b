import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Disk, Root } from './disk.ts';
import { NotADirectory, OpenDirectories } from './open-directories.ts';

/**
 * A folder's tree for reading. Every directory is reached from the root without following a symlink: a path whose
 * parent was swapped for a symlink leads nowhere, not outside.
 */
export interface Tree {
  readonly disk: Disk;
  /** An entry named in its open directory; undefined when there is no such directory. Throws when it cannot be opened. */
  entry(path: BytePath): At | undefined;
  /** A descriptor of a directory, the caller's to close; undefined when there is no such directory. */
  open(dir: BytePath): number | undefined;
  /** Lets go of the directories that were opened: after a pause they may be elsewhere. */
  rest(): void;
  close(): void;
}

/** Throws when the root is not there. */
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
