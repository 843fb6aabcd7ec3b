import { closeSync, constants, openSync } from 'node:fs';
import { type BytePath, baseName, displayPath, parentOf } from '../../base/bytes.ts';
import { type At, atPath } from './at.ts';
import type { Disk } from './disk.ts';
import { isMount } from './statx.ts';

/** Permission bits that are synced. Set-id and sticky bits are not: a site must not be able to plant a set-uid file. */
export const MODE_MASK = 0o777;

/** The directory that a path needs is taken by something that is not a directory. */
export class NotADirectory extends Error {
  constructor(path: BytePath) {
    super(`"${path}" is not a directory here`);
    this.name = 'NotADirectory';
  }
}

/** Something else is mounted on a directory of the tree: its entries are not the folder's, and no rename reaches them. */
class MountedHere extends Error {
  readonly code = 'EMOUNTED';

  constructor(path: BytePath) {
    super(`another filesystem or directory is mounted on "${displayPath(path)}"`);
    this.name = 'MountedHere';
  }
}

/**
 * Open directories of one folder, each reached from its parent without following a symlink. Kept for one batch of
 * changes: {@link close} must be called.
 */
export class OpenDirectories {
  readonly #root: number;
  readonly #disk: Pick<Disk, 'makeDirectory'> | undefined;
  readonly #open = new Map<BytePath, number>();

  /**
   * @param folder its descriptors stay the caller's; `disk` is needed where directories are made
   */
  constructor({ rootFd, disk }: { rootFd: number; disk?: Pick<Disk, 'makeDirectory'> }) {
    this.#root = rootFd;
    this.#disk = disk;
  }

  /**
   * The entry `path` in its open parent directory; missing parents are made when `create`, otherwise undefined.
   * Throws {@link NotADirectory} and {@link MountedHere}.
   */
  entry(path: BytePath, create: boolean): At | undefined {
    const fd = this.#directory(parentOf(path), create);
    return fd === undefined ? undefined : { fd, name: baseName(path) };
  }

  #directory(path: BytePath, create: boolean): number | undefined {
    if (path === '') return this.#root;
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const at = this.entry(path, create);
    if (!at) return undefined;
    const fd = openDirectory(at, path) ?? (create ? (this.#make(at), openDirectory(at, path)) : undefined);
    if (fd !== undefined) this.#remember(path, fd);
    return fd;
  }

  /** Must be called when a directory was removed or replaced during the batch. */
  forget(path: BytePath): void {
    for (const [open, fd] of this.#open) {
      if (open !== path && !open.startsWith(`${path}/`)) continue;
      closeSync(fd);
      this.#open.delete(open);
    }
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #make(at: At): void {
    try {
      this.#disk?.makeDirectory(at, 0o755);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  #remember(path: BytePath, fd: number): void {
    if (this.#open.size > 256) this.close();
    this.#open.set(path, fd);
  }
}

function openDirectory(at: At, path: BytePath): number | undefined {
  let fd: number;
  try {
    fd = openSync(atPath(at), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw new NotADirectory(path);
    throw error;
  }
  if (!isMount(fd)) return fd;
  closeSync(fd);
  throw new MountedHere(path);
}
