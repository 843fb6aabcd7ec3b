import { constants } from 'node:fs';
import { constants as os } from 'node:os';
import koffi from 'koffi';
import type { BytePath } from '../../base/bytes.ts';
import { storableTime } from '../../base/file-time.ts';
import type { FileFact } from './facts.ts';

/**
 * The system call statx(2): relative to an open directory, so that a directory replaced by a symlink cannot lead outside of
 * the tree; with exact times; and without an object per entry, which makes a pass faster than find(1).
 */
const libc = koffi.load('libc.so.6');
const statx = libc.func('int statx(int fd, void *name, int flags, unsigned int mask, void *out)');
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const ATTR_MOUNT_ROOT = 0x2000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_MNT_ID = 0x1000;
const NAME_MAX = 255;

const name = Buffer.alloc(NAME_MAX + 1);
const out = new Uint32Array(64);

/** 32-bit words per entry: mode, inode (2), size (2), mtime (3), ctime (3). */
export const WORDS = 11;

/** Writes an entry's stats to `words`. Returns 0 or the errno. */
export function statInto(dirFd: number, entry: BytePath, words: Uint32Array, at: number): number {
  if (entry.length > NAME_MAX) return os.errno.ENAMETOOLONG;
  name[name.write(entry, 'latin1')] = 0;
  if (statx(dirFd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, out) !== 0) return koffi.errno();
  // Offsets in struct statx: mode 28, ino 32, size 40, ctime 96, mtime 112, each divided by 4.
  words[at] = out[7]! & 0xffff;
  words[at + 1] = out[8]!;
  words[at + 2] = out[9]!;
  words[at + 3] = out[10]!;
  words[at + 4] = out[11]!;
  words[at + 5] = out[28]!;
  words[at + 6] = out[29]!;
  words[at + 7] = out[30]!;
  words[at + 8] = out[24]!;
  words[at + 9] = out[25]!;
  words[at + 10] = out[26]!;
  return 0;
}

/** What else the last call found. */
export interface LastStat {
  device: string;
  /** Number of names (hard links). */
  links: number;
  /** Something is mounted there, possibly a directory of the same disk. */
  isMount: boolean;
}

/** Further stats of the last entry of {@link statInto}. */
export const lastStat = (): LastStat => ({
  device: `${out[34]}:${out[35]}`,
  links: out[4]!,
  isMount: (out[2]! & ATTR_MOUNT_ROOT) !== 0,
});

/** Whether something is mounted on an open directory. */
export function isMount(fd: number): boolean {
  name[0] = 0;
  return statx(fd, name, AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, out) === 0 && lastStat().isMount;
}

/**
 * Identifies an open directory and its mount: a remounted disk is a different one even if it is the same disk, because
 * renames do not work across mounts. Throws the kernel's error.
 */
export function identityOf(fd: number): string {
  name[0] = 0;
  const errno =
    statx(fd, name, AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID, out) && koffi.errno();
  if (errno !== 0) throw new Error(`${errnoName(errno)}: a directory cannot be looked at`);
  // Offsets: ino 32, device 136, mount 144.
  return [8, 9, 34, 35, 36, 37].map((at) => out[at]).join(':');
}

/** 'other' is what is never synced: sockets, devices, pipes. */
export function kindOf(mode: number): FileFact['kind'] | 'other' {
  const type = mode & constants.S_IFMT;
  if (type === constants.S_IFREG) return 'file';
  if (type === constants.S_IFDIR) return 'dir';
  return type === constants.S_IFLNK ? 'symlink' : 'other';
}

/** The fact from its words; undefined for what is never synced. */
export function factFromWords(path: BytePath, words: Uint32Array, at: number): FileFact | undefined {
  const kind = kindOf(words[at]!);
  if (kind === 'other') return undefined;
  return {
    path,
    kind,
    size: kind === 'file' ? words[at + 3]! + words[at + 4]! * 2 ** 32 : 0,
    mtimeNs: nanoseconds(words, at + 5),
    ctimeNs: nanoseconds(words, at + 8),
    ino: (BigInt(words[at + 2]!) << 32n) | BigInt(words[at + 1]!),
    mode: words[at]! & 0o7777,
  };
}

/** ctime in ms since the epoch. */
export function ctimeMs(words: Uint32Array, at: number): number {
  return ((words[at + 9]! | 0) * 2 ** 32 + words[at + 8]!) * 1000 + words[at + 10]! / 1e6;
}

/** Seconds are signed 64-bit: a file may be older than 1970. */
function nanoseconds(words: Uint32Array, at: number): bigint {
  const seconds = (BigInt(words[at + 1]! | 0) << 32n) | BigInt(words[at]!);
  return storableTime(seconds * 1_000_000_000n + BigInt(words[at + 2]!));
}

/** Name of an errno, for example "EACCES". */
export function errnoName(errno: number): string {
  return Object.entries(os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}
