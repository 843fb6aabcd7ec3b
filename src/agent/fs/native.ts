import { constants } from 'node:os';
import koffi from 'koffi';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';

/**
 * The system calls that Node lacks and the safety of the tree needs: atomic exchange and no-replace renames, times in
 * nanoseconds, a flush of one filesystem, leases, which tell whether a file is open for writing, and a descriptor made to lead elsewhere. Names are relative to an open directory, so that a directory
 * swapped for a symlink in the meantime cannot lead a write outside the tree.
 */
const libc = koffi.load('libc.so.6');
const Timespec = koffi.struct({ sec: 'int64_t', nsec: 'int64_t' });
const renameat2 = libc.func('renameat2', 'int', ['int', 'void *', 'int', 'void *', 'uint']);
const utimensat = libc.func('utimensat', 'int', ['int', 'void *', koffi.pointer(Timespec), 'int']);
const futimens = libc.func('futimens', 'int', ['int', koffi.pointer(Timespec)]);
const syncfs = libc.func('syncfs', 'int', ['int']);
const fcntl = libc.func('fcntl', 'int', ['int', 'int', 'long']);
const lseek = libc.func('lseek', 'int64_t', ['int', 'int64_t', 'int']);
const open = libc.func('openat', 'int', ['int', 'void *', 'int', 'uint']);
const linkat = libc.func('linkat', 'int', ['int', 'void *', 'int', 'void *', 'int']);
const close = libc.func('close', 'int', ['int']);
const dup3 = libc.func('dup3', 'int', ['int', 'int', 'int']);

const O_CLOEXEC = 0o2000000;
const O_TMPFILE_WRITE = 0o20200001;
const AT_FDCWD = -100;
const AT_SYMLINK_FOLLOW = 0x400;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const AT_SYMLINK_NOFOLLOW = 0x100;
const UTIME_OMIT = 0x3ffffffe;
const SEEK_SET = 0;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_RDLCK = 0;
const F_UNLCK = 2;
/** Sent when a lease is broken; ignored by default, unlike SIGIO, which would end the process. */
const SIGURG = 23;

const cString = (name: BytePath) => Buffer.from(`${name}\0`, 'latin1');

/** Moves an entry to a name that must not exist. Throws EEXIST if it does. */
export function moveNew(from: At, to: At): void {
  check(renameat2(from.fd, cString(from.name), to.fd, cString(to.name), RENAME_NOREPLACE), 'rename');
}

/** Swaps two existing entries atomically. */
export function exchange(a: At, b: At): void {
  check(renameat2(a.fd, cString(a.name), b.fd, cString(b.name), RENAME_EXCHANGE), 'exchange');
}

/** Sets the modification time of an entry; for a symlink that of the link itself. */
export function setMtime(at: At, mtimeNs: bigint): void {
  check(utimensat(at.fd, cString(at.name), timesOf(mtimeNs), AT_SYMLINK_NOFOLLOW), 'utimensat');
}

/** The same for an open file. */
export function setOpenMtime(fd: number, mtimeNs: bigint): void {
  check(futimens(fd, timesOf(mtimeNs)), 'futimens');
}

function timesOf(mtimeNs: bigint) {
  const nsec = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const sec = (mtimeNs - nsec) / 1_000_000_000n;
  return [
    { sec: 0n, nsec: BigInt(UTIME_OMIT) },
    { sec, nsec },
  ];
}

/**
 * Requests a read lease on a file that is open for reading (fcntl(2), "Leases"). It is granted only while no program has
 * the file open for writing, memory mappings included; a program that wants to open it for writing then waits until the
 * lease is released or the descriptor closed. `unknown` if the filesystem has no leases, or the file belongs to another
 * user.
 */
export function takeReadLease(fd: number): 'held' | 'busy' | 'unknown' {
  if (fcntl(fd, F_SETSIG, SIGURG) !== 0) return 'unknown';
  if (fcntl(fd, F_SETLEASE, F_RDLCK) === 0) return 'held';
  return koffi.errno() === constants.errno.EAGAIN ? 'busy' : 'unknown';
}

/** Whether some program has the file open for writing. */
export function isOpenForWriting(fd: number): boolean {
  const lease = takeReadLease(fd);
  if (lease === 'held') fcntl(fd, F_SETLEASE, F_UNLCK);
  return lease === 'busy';
}

/**
 * Makes an empty file with the group and ACL that the open directory gives to new files, under a name elsewhere on its
 * filesystem: nobody ever sees it in the directory. Throws where the filesystem has no unnamed files (NFS).
 */
export function makeHeir(directory: number, at: At, mode: number): void {
  const fd = open(directory, cString('.'), O_TMPFILE_WRITE | O_CLOEXEC, mode);
  if (fd < 0) check(-1, 'open');
  try {
    check(linkat(AT_FDCWD, cString(`/proc/self/fd/${fd}`), at.fd, cString(at.name), AT_SYMLINK_FOLLOW), 'linkat');
  } finally {
    close(fd);
  }
}

/**
 * Makes the open descriptor `fd` refer to what `from` refers to, and closes what it referred to before; its number is never
 * free in between.
 */
export function redirect(from: number, fd: number): void {
  check(dup3(from, fd, O_CLOEXEC) === fd ? 0 : -1, 'dup3');
}

/** A part of a file that is data, as opposed to a hole: offsets, the end exclusive. */
export interface Data {
  from: number;
  to: number;
}

/**
 * Moves on to the next data at or after an offset, where reading then continues; undefined when a hole, or nothing, is left.
 * Space that was reserved and never written is a hole, too. Where the filesystem cannot tell, all is data, without an end.
 */
export function seekData(fd: number, at: number): Data | undefined {
  const from = Number(lseek(fd, at, SEEK_DATA));
  if (from < 0) return koffi.errno() === constants.errno.ENXIO ? undefined : { from: at, to: Number.POSITIVE_INFINITY };
  const to = Number(lseek(fd, from, SEEK_HOLE));
  if (Number(lseek(fd, from, SEEK_SET)) !== from) check(-1, 'lseek');
  return { from, to: to > from ? to : Number.POSITIVE_INFINITY };
}

/** Flushes the filesystem of this open file to its disk. */
export function flushFilesystem(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    syncfs.async(fd, (error: Error | null, result: number) => {
      if (error) reject(error);
      else if (result !== 0) reject(new Error('syncfs failed: the disk could not be written'));
      else resolve();
    });
  });
}

/** Throws the kernel's error unless the call returned 0. */
export function check(result: number, call: string): void {
  if (result === 0) return;
  const errno = koffi.errno();
  const code = Object.entries(constants.errno).find(([, n]) => n === errno)?.[0] ?? `errno ${errno}`;
  throw Object.assign(new Error(`${code}: ${call} failed`), { code, errno: -errno, syscall: call });
}
