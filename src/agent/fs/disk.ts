import type { BigIntStats } from 'node:fs';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Inotify } from './inotify.ts';

/** A regular file that nobody can write to until it is released. */
export interface HeldFile {
  /** What it is like at this moment. */
  stats(): BigIntStats;
  setMode(mode: number): void;
  setMtime(mtimeNs: bigint): void;
  release(): void;
}

/** What a filesystem has left, as a process of ours may use it. */
export interface Room {
  /** Bytes. */
  free: number;
  size: number;
  /** Undefined where the filesystem has no fixed number of inodes. */
  inodes?: { free: number; all: number };
}

/** What {@link Reads.statInto} saw beside the words. */
export interface LastStat {
  device: string;
  /** Names (hard links). */
  links: number;
  /** Something is mounted there, which may be a directory of the same disk. */
  isMount: boolean;
}

/** What reads a filesystem, one system call each. All throw the kernel's error with its `code`. */
export interface Reads {
  /** Opens a directory by its absolute path; symlinks are followed. */
  openRoot(path: string): number;
  /** Opens a directory: ENOTDIR or ELOOP when it is something else. */
  openDirectory(at: At): number;
  /** Opens an open directory once more: needs only what opening it needed. */
  reopen(fd: number): number;
  /** Opens a file for reading: ELOOP when it is a symlink. */
  openFile(at: At): number;
  close(fd: number): void;
  /** Makes an open descriptor lead to where `to` leads, or nowhere: its number is at no moment free. */
  redirect(fd: number, to?: number): void;
  look(at: At): BigIntStats | undefined;
  /** The same of an open file or directory. */
  stats(fd: number): BigIntStats;
  /** Writes what it sees of an entry to {@link WORDS} of `words`, without an object per entry. Returns 0 or the errno. */
  statInto(dirFd: number, name: BytePath, words: Uint32Array, at: number): number;
  lastStat(): LastStat;
  /** Names of an open directory, in chunks, in an order that stays the same as long as the directory does. */
  names(fd: number): Iterable<BytePath[]>;
  readLink(at: At): BytePath;
  /** Reads on from where the last read ended. Returns the number of bytes, 0 at the end. */
  read(fd: number, buffer: Buffer, offset: number, length: number): number;
  /** The same without keeping this thread from its other work. */
  readLater(fd: number, buffer: Buffer, length: number): Promise<number>;
  /** Which directory is open, and by which mount: no rename reaches from one mount into another. */
  identityOf(fd: number): string;
  /** Whether something else is mounted on an open directory. */
  isMount(fd: number): boolean;
  /** Whether some program may still write to a file that it opened earlier. Where the filesystem cannot tell: false. */
  isOpenForWriting(at: At): boolean;
  /** Announces changes of directories. */
  watch(): Inotify;
  room(path: string): Promise<Room>;
  /** Whether the disk at a path answers soon, also with an error. Only then the agent's own thread may touch it. */
  answersSoon(path: string): Promise<boolean>;
  /** Unix ms of the clock that gives files their times. */
  now(): number;
  /** Which run of the machine this is. */
  bootId(): string;
}

/**
 * Everything that SiteSync does to a folder's filesystem, one system call each. A port: a test can stop the agent at any of them, and a
 * simulation keeps trees in memory. All throw the kernel's error with its `code`.
 */
export interface Disk extends Reads {
  /** Makes a new file; one that is cut short where there is no room for all. */
  write(at: At, bytes: Buffer, mode: number): void;
  /** Makes a new file with the bytes of another; shares blocks where the filesystem can. */
  copy(from: At, to: At): Promise<void>;
  makeDirectory(at: At, mode: number): void;
  /** Makes what is missing of an absolute path. */
  makeDirectories(path: string, mode: number): void;
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
  /** Removes an entry with all below it, if it is there. */
  removeAll(at: At): void;
  /** Keeps every program from writing to a file. Undefined when one has it open for writing. */
  hold(at: At): HeldFile | undefined;
  /** Writes what a file has in memory to the disk. */
  flushFile(fd: number): Promise<void>;
  /** Writes everything that the filesystem of this open file has in memory to its disk. */
  flush(fd: number): Promise<void>;
}

/** A tree: where it is, and what reaches it. */
export interface Root {
  root: string;
  disk: Disk;
}
