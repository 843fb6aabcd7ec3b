import { type BytePath, baseName, displayPath, parentOf } from '../../base/bytes.ts';
import { ProblemError, problem } from '../../problems/problem.ts';
import type { At } from './at.ts';
import type { Disk } from './disk.ts';

/** A parent directory of the path is something else. */
export class NotADirectory extends ProblemError {
  constructor(path: BytePath) {
    super(problem('parentNotDirectory', { path: displayPath(path) }));
    this.name = 'NotADirectory';
  }
}

/**
 * Another filesystem is mounted on a directory of the tree: its entries are not part of the folder, and no rename
 * reaches them.
 */
class MountedHere extends Error {
  readonly code = 'EMOUNTED';

  constructor(path: BytePath) {
    super(`another filesystem or directory is mounted on "${displayPath(path)}"`);
    this.name = 'MountedHere';
  }
}

/**
 * Open directories of one folder, each opened from its parent without following symbolic links. Kept for one batch of
 * changes; {@link close} must be called.
 */
export class OpenDirectories {
  readonly #root: number;
  readonly #disk: Disk;
  readonly #open = new Map<BytePath, number>();

  /** The caller keeps the root's descriptor. */
  constructor({ rootFd, disk }: { rootFd: number; disk: Disk }) {
    this.#root = rootFd;
    this.#disk = disk;
  }

  /**
   * The entry `path` in its open parent directory. Missing parents are created if `create`; otherwise returns
   * undefined. Throws {@link NotADirectory} and {@link MountedHere}.
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
    const fd = openDirectory(this.#disk, at, path) ?? (create ? this.#makeAndOpen(at, path) : undefined);
    if (fd !== undefined) this.#remember(path, fd);
    return fd;
  }

  /** Must be called when a directory was removed or replaced during the batch. */
  forget(path: BytePath): void {
    for (const [open, fd] of this.#open) {
      if (open !== path && !open.startsWith(`${path}/`)) continue;
      this.#disk.close(fd);
      this.#open.delete(open);
    }
  }

  close(): void {
    for (const fd of this.#open.values()) this.#disk.close(fd);
    this.#open.clear();
  }

  #makeAndOpen(at: At, path: BytePath): number | undefined {
    try {
      this.#disk.makeDirectory(at, 0o755);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return openDirectory(this.#disk, at, path);
  }

  #remember(path: BytePath, fd: number): void {
    if (this.#open.size > 256) this.close();
    this.#open.set(path, fd);
  }
}

function openDirectory(disk: Disk, at: At, path: BytePath): number | undefined {
  let fd: number;
  try {
    fd = disk.openDirectory(at);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR' || code === 'ELOOP') throw new NotADirectory(path);
    throw error;
  }
  if (!disk.isMount(fd)) return fd;
  disk.close(fd);
  throw new MountedHere(path);
}
