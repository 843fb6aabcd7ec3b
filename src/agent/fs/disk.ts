import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { type BytePath, fsPath } from '../../base/bytes.ts';
import { storableTime } from '../../base/file-time.ts';
import { type At, atPath } from './at.ts';
import {
  exchange,
  flushFilesystem,
  isOpenForWriting,
  moveNew,
  setMtime,
  setOpenMtime,
  takeReadLease,
} from './native.ts';

/** A regular file that nobody can write to until it is released. */
export interface HeldFile {
  /** What it is like at this moment. */
  stats(): BigIntStats;
  setMode(mode: number): void;
  setMtime(mtimeNs: bigint): void;
  release(): void;
}

/**
 * Everything that placing content does to a folder's filesystem, one system call each. A port: a test can stop the agent at
 * any of them. All throw the kernel's error with its `code`.
 */
export interface Disk {
  look(at: At): BigIntStats | undefined;
  /** Makes a new file; one that is cut short where there is no room for all. */
  write(at: At, bytes: Buffer, mode: number): void;
  /** Makes a new file with the bytes of another; shares blocks where the filesystem can. */
  copy(from: At, to: At): Promise<void>;
  makeDirectory(at: At, mode: number): void;
  makeSymlink(at: At, target: BytePath): void;
  setMode(at: At, mode: number): void;
  setMtime(at: At, mtimeNs: bigint): void;
  /** Moves an entry to a name that must be free: EEXIST when it is taken. */
  moveNew(from: At, to: At): void;
  /** Moves a file to a name, over what is there. */
  replace(from: At, to: At): void;
  /** Swaps two entries: there is no moment at which either name is missing. */
  exchange(a: At, b: At): void;
  /** Removes a file or symlink. */
  remove(at: At): void;
  /** False when it has entries. */
  removeDirectory(at: At): boolean;
  /** Whether some program may still write to a file that it opened earlier. Where the filesystem cannot tell: false. */
  isOpenForWriting(at: At): boolean;
  /** Keeps every program from writing to a file. Undefined when one has it open for writing. */
  hold(at: At): HeldFile | undefined;
  /** Writes everything that the filesystem of this open file has in memory to its disk. */
  flush(fd: number): Promise<void>;
}

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** O_NONBLOCK: opening a pipe must not wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const realDisk: Disk = {
  look(at) {
    const stats = lstatSync(atPath(at), { bigint: true, throwIfNoEntry: false });
    return stats && withHeldTimes(stats);
  },
  write(at, bytes, mode) {
    const fd = openSync(atPath(at), NEW_FILE, mode);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    } finally {
      closeSync(fd);
    }
  },
  copy: (from, to) => copyFile(atPath(from), atPath(to), constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL),
  makeDirectory: (at, mode) => mkdirSync(atPath(at), mode),
  makeSymlink: (at, target) => symlinkSync(fsPath(target), atPath(at)),
  setMode: (at, mode) => chmodSync(atPath(at), mode),
  setMtime,
  moveNew,
  replace: (from, to) => renameSync(atPath(from), atPath(to)),
  exchange,
  remove: (at) => unlinkSync(atPath(at)),
  removeDirectory(at) {
    try {
      rmdirSync(atPath(at));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
      throw error;
    }
  },
  isOpenForWriting(at) {
    const fd = openIfReadable(at);
    if (fd === undefined) return false;
    try {
      return isOpenForWriting(fd);
    } finally {
      closeSync(fd);
    }
  },
  hold(at) {
    const fd = openIfReadable(at);
    if (fd === undefined) return unlocked(at);
    if (takeReadLease(fd) === 'busy') {
      closeSync(fd);
      return undefined;
    }
    return {
      stats: () => withHeldTimes(fstatSync(fd, { bigint: true })),
      setMode: (mode) => fchmodSync(fd, mode),
      setMtime: (mtimeNs) => setOpenMtime(fd, mtimeNs),
      // Closing it gives up the lease.
      release: () => closeSync(fd),
    };
  },
  flush: flushFilesystem,
};

/** Times as the index has them. */
function withHeldTimes(stats: BigIntStats): BigIntStats {
  stats.mtimeNs = storableTime(stats.mtimeNs);
  stats.ctimeNs = storableTime(stats.ctimeNs);
  return stats;
}

/** Undefined for a file that we may not read. */
function openIfReadable(at: At): number | undefined {
  try {
    return openSync(atPath(at), READ);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined;
    throw error;
  }
}

/** A file without read permission: its owner may change its metadata, but cannot open it. */
function unlocked(at: At): HeldFile {
  return {
    stats: () => withHeldTimes(lstatSync(atPath(at), { bigint: true })),
    setMode: (mode) => chmodSync(atPath(at), mode),
    setMtime: (mtimeNs) => setMtime(at, mtimeNs),
    release: () => undefined,
  };
}
