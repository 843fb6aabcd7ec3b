import type { BigIntStats } from 'node:fs';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Inotify } from './inotify.ts';
import type { Data } from './native.ts';
import type { LastStat } from './statx.ts';

/** A regular file that nobody can write to until it is released. */
export interface HeldFile {
  /** Its current stats. */
  stats(): BigIntStats;
  setMode(mode: number): void;
  setMtime(mtimeNs: bigint): void;
  release(): void;
}

/** The free space of a filesystem for one of our processes. */
export interface Room {
  /** Bytes. */
  free: number;
  size: number;
  /** Undefined if the filesystem has no fixed number of inodes. */
  inodes?: { free: number; all: number };
}

/** Who this process is to the kernel. */
interface Self {
  uid: number;
  gid: number;
  /** All of its groups. */
  groups: number[];
}

/** Reads a filesystem, one system call per method. All throw the kernel's error with its `code`. */
export interface Reads {
  /** Opens a directory by its absolute path; follows symlinks. */
  openRoot(path: string): number;
  /** Opens a directory: ENOTDIR when it is something else. */
  openDirectory(at: At): number;
  /** Opens an open directory once more; requires no further permission. */
  reopen(fd: number): number;
  /** Opens a file for reading: ELOOP when it is a symlink. */
  openFile(at: At): number;
  close(fd: number): void;
  /** Makes an open descriptor refer to what `to` refers to, or to nothing; its number is never free in between. */
  redirect(fd: number, to?: number): void;
  look(at: At): BigIntStats | undefined;
  /** The stats of an open file or directory. */
  stats(fd: number): BigIntStats;
  /** Writes an entry's stats to {@link WORDS} of `words`, without allocating an object. Returns 0 or the errno. */
  statInto(dirFd: number, name: BytePath, words: Uint32Array, at: number): number;
  lastStat(): LastStat;
  /** Names in an open directory, in chunks, in an order that is stable as long as the directory does not change. */
  names(fd: number): Iterable<BytePath[]>;
  readLink(at: At): BytePath;
  /** Names of the extended attributes of an entry that we may see, ACLs among them. */
  attributes(at: At): string[];
  attribute(at: At, name: string): Buffer | undefined;
  /** Continues reading. Returns the number of bytes, 0 at the end. */
  read(fd: number, buffer: Buffer, offset: number, length: number): number;
  /** The same without blocking this thread. */
  readLater(fd: number, buffer: Buffer, length: number): Promise<number>;
  /** Moves on to the next data at or after an offset; undefined when none is left: native.ts. */
  seekData(fd: number, at: number): Data | undefined;
  /** Identifies an open directory and its mount: renames do not work across mounts. */
  identityOf(fd: number): string;
  /** Whether something else is mounted on an open directory. */
  isMount(fd: number): boolean;
  /** Whether some program may still write to a file that it opened earlier. False where the filesystem cannot tell. */
  isOpenForWriting(at: At): boolean;
  /** Watches directories for changes. */
  watch(): Inotify;
  room(path: string): Promise<Room>;
  /** Whether the disk at a path responds soon, even with an error. Only then may the agent's own thread touch it. */
  answersSoon(path: string): Promise<boolean>;
  /** Unix ms of the clock for file timestamps. */
  now(): number;
  /** Identifies the current boot of the machine. */
  bootId(): string;
  /** The absolute path of an open directory, wherever it is now. */
  pathOf(fd: number): BytePath;
  self(): Self;
}

/**
 * Everything that SiteSync does to a folder's filesystem, one system call per method. A port: tests can stop the agent at
 * any of them, and a simulation keeps trees in memory. All throw the kernel's error with its `code`.
 */
export interface Disk extends Reads {
  /** Creates a new file; truncated if there is no room for all of it. */
  write(at: At, bytes: Buffer, mode: number): void;
  /** Creates a new file with the content of another; shares blocks where the filesystem can, and keeps holes. */
  copy(from: At, to: At): Promise<void>;
  /** Gives an empty file the content of another, and nothing else of it. */
  copyInto(from: At, to: At): Promise<void>;
  makeDirectory(at: At, mode: number): void;
  /** Creates the missing directories of an absolute path. */
  makeDirectories(path: string, mode: number): void;
  makeSymlink(at: At, target: BytePath): void;
  setMode(at: At, mode: number): void;
  /** Changes the owner and group of an entry itself. */
  setOwner(at: At, uid: number, gid: number): void;
  setAttribute(at: At, name: string, value: Buffer): void;
  removeAttribute(at: At, name: string): void;
  /** Creates an empty file with the group and ACL that an open directory of this filesystem gives to new files. */
  makeHeir(directory: number, at: At, mode: number): void;
  /** The mode of an open file or directory. */
  setOpenMode(fd: number, mode: number): void;
  setMtime(at: At, mtimeNs: bigint): void;
  /** Moves an entry to a name that must not exist: EEXIST if it does. */
  moveNew(from: At, to: At): void;
  /** Moves a file to a name, replacing what is there. */
  replace(from: At, to: At): void;
  /** Swaps two entries atomically. */
  exchange(a: At, b: At): void;
  /** Removes a file or symlink. */
  remove(at: At): void;
  /** False when it has entries. */
  removeDirectory(at: At): boolean;
  /** Removes an entry with everything below it, if it exists. */
  removeAll(at: At): void;
  /** Keeps every program from writing to a file. Undefined when one has it open for writing. */
  hold(at: At): HeldFile | undefined;
  /** Flushes a file to disk. */
  flushFile(fd: number): Promise<void>;
  /** Flushes the filesystem of this open file to its disk. */
  flush(fd: number): Promise<void>;
}

/** A tree: its location, and access to it. */
export interface Root {
  root: string;
  disk: Disk;
}
