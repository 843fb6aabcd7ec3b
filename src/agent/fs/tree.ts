import { closeSync, constants, openSync } from 'node:fs';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import { NotADirectory, OpenDirectories } from './open-directories.ts';

/**
 * A folder's tree for reading. Every directory is reached from the root without following a symlink: a path whose
 * parent was swapped for a symlink leads nowhere, not outside.
 */
export interface Tree {
  /** An entry named in its open directory; undefined when there is no such directory. Throws when it cannot be opened. */
  entry(path: BytePath): At | undefined;
  /** A descriptor of a directory, the caller's to close; undefined when there is no such directory. */
  open(dir: BytePath): number | undefined;
  /** Lets go of the directories that were opened: after a pause they may be elsewhere. */
  rest(): void;
  close(): void;
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;

/** Throws when the root is not there. */
export function openTree(root: string): Tree {
  const fd = openSync(root, DIRECTORY);
  const directories = new OpenDirectories({ rootFd: fd });

  function entry(path: BytePath): At | undefined {
    try {
      return directories.entry(path, false);
    } catch (error) {
      if (error instanceof NotADirectory) return undefined;
      throw error;
    }
  }

  return {
    entry,
    open(dir) {
      const self = entry(dir === '' ? '.' : `${dir}/.`);
      return self && openSync(`/proc/self/fd/${self.fd}`, DIRECTORY);
    },
    rest: () => directories.close(),
    close() {
      directories.close();
      closeSync(fd);
    },
  };
}
