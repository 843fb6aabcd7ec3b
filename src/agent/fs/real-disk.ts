import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fdatasync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  read,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type BytePath, fsPath } from '../../base/bytes.ts';
import { storableTime } from '../../base/file-time.ts';
import { type At, atPath } from './at.ts';
import { copy, copyInto } from './copy.ts';
import type { Disk, HeldFile, Room } from './disk.ts';
import { openInotify } from './inotify.ts';
import {
  exchange,
  flushFilesystem,
  isOpenForWriting,
  makeHeir,
  moveNew,
  redirect,
  seekData,
  setMtime,
  setOpenMtime,
  takeReadLease,
} from './native.ts';
import { answersSoon } from './probe.ts';
import { identityOf, isMount, lastStat, statInto } from './statx.ts';
import { attribute, attributes, removeAttribute, setAttribute } from './xattr.ts';

const readSome = promisify(read);
const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY;
/** Names read at a time, which bounds the memory for a directory of a million entries. */
const CHUNK = 2000;
/** A disk that is gone, such as a network disk, never responds. */
const ANSWER_MS = 3000;

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** O_NONBLOCK: opening a pipe must not wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export const realDisk: Disk = {
  openRoot: (path) => openSync(path, DIRECTORY),
  openDirectory: (at) => openSync(atPath(at), DIRECTORY | constants.O_NOFOLLOW),
  reopen: (fd) => openSync(`/proc/self/fd/${fd}`, DIRECTORY),
  openFile: (at) => openSync(atPath(at), READ),
  close: closeSync,
  redirect(fd, to) {
    if (to !== undefined) return redirect(to, fd);
    const nowhere = openSync('/dev/null', constants.O_RDONLY);
    try {
      redirect(nowhere, fd);
    } finally {
      closeSync(nowhere);
    }
  },
  stats: (fd) => withHeldTimes(fstatSync(fd, { bigint: true })),
  statInto,
  lastStat,
  names: readNames,
  readLink: (at) => readlinkSync(atPath(at), 'latin1'),
  attributes,
  attribute,
  read: (fd, buffer, offset, length) => readSync(fd, buffer, offset, length, null),
  readLater: async (fd, buffer, length) => (await readSome(fd, buffer, 0, length, null)).bytesRead,
  seekData,
  identityOf,
  isMount,
  watch: openInotify,
  room: roomAt,
  answersSoon,
  now: Date.now,
  pathOf: (fd) => readlinkSync(`/proc/self/fd/${fd}`, 'latin1'),
  self: () => ({
    uid: process.geteuid!(),
    gid: process.getegid!(),
    groups: [process.getegid!(), ...process.getgroups!()],
  }),
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
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
  copy: (from, to) => copy(atPath(from), atPath(to)),
  copyInto: (from, to) => copyInto(atPath(from), atPath(to)),
  makeDirectory: (at, mode) => mkdirSync(atPath(at), mode),
  makeDirectories: (path, mode) => void mkdirSync(path, { recursive: true, mode }),
  makeSymlink: (at, target) => symlinkSync(fsPath(target), atPath(at)),
  setMode: (at, mode) => chmodSync(atPath(at), mode),
  setOwner: (at, uid, gid) => lchownSync(atPath(at), uid, gid),
  setAttribute,
  removeAttribute,
  makeHeir,
  setOpenMode: fchmodSync,
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
  removeAll: (at) => rmSync(atPath(at), { recursive: true, force: true }),
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
      // Closing it releases the lease.
      release: () => closeSync(fd),
    };
  },
  flushFile: promisify(fdatasync),
  flush: flushFilesystem,
};

function* readNames(fd: number): Generator<BytePath[]> {
  const directory = opendirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1', bufferSize: 256 });
  try {
    let names: BytePath[] = [];
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      names.push(entry.name);
      if (names.length < CHUNK) continue;
      yield names;
      names = [];
    }
    if (names.length) yield names;
  } finally {
    directory.closeSync();
  }
}

/** Throws when the disk does not respond in time. */
async function roomAt(path: string): Promise<Room> {
  const found = await Promise.race([statfs(path), sleep(ANSWER_MS, undefined, { ref: false })]);
  if (!found) throw new Error(`the disk of ${path} does not answer`);
  const { bavail, blocks, bsize, ffree, files } = found;
  return { free: bavail * bsize, size: blocks * bsize, ...(files > 0 && { inodes: { free: ffree, all: files } }) };
}

/** Times as stored in the index. */
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
