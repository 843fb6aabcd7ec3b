import type { BytePath } from '../../base/bytes.ts';
import type { Problem } from '../../problems/problem.ts';
import type { Unreadable } from './unreadable.ts';

/** What lstat says of one entry of a folder. Times are exact. */
export interface FileFact {
  path: BytePath;
  kind: 'file' | 'dir' | 'symlink';
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
  mode: number;
}

/** Entries that were looked at, and paths at which nothing was found. */
export interface Findings {
  folder: string;
  facts: FileFact[];
  gone: BytePath[];
  /** More of the folder waits until it is quiet. */
  more?: boolean;
}

/** One directory whose entries are not those of the last agreed pass; a large one comes in several parts. */
export interface DirectoryReport {
  path: BytePath;
  facts: FileFact[];
  /** Whether this is the first part. A directory of which the parts stop coming is begun again by a later pass. */
  first: boolean;
  /** Whether this is the last part, and every entry could be looked at: what was not in the parts is not there. */
  complete: boolean;
  /** With the last part: 16 bytes that stand for all entries. Absent while an entry was being written. */
  digest?: Uint8Array;
}

/** How a pass over one folder ended. */
export interface PassResult {
  files: number;
  directories: number;
  /** Sockets, devices and pipes, which are never synced. */
  skipped: number;
  ms: number;
  /** Directories and entries that could not be read. They count as unknown, never as deleted. */
  unreadable: Unreadable;
}

/** A file's content as it stood still: hashed, and whole when it is small. */
export interface Settled {
  fact: FileFact;
  sha256: Uint8Array;
  content?: Uint8Array;
}

export interface WatchState {
  watched: number;
  /** Why some changes are found by scans only. */
  degraded?: Problem;
}

/** What the thread tells of a folder. */
export interface ScoutState extends WatchState {
  /** What could not be looked at since the last pass began. */
  unreadable: Unreadable;
}

/** The outcome of settling one path: `changing` waits for a later look, `gone` is no regular file any more. */
export type Settling = { path: BytePath } & ({ settled: Settled } | { state: 'changing' | 'gone' } | { error: string });

/** Paths that were announced and not looked at yet, and some of them. */
export interface Waiting {
  count: number;
  first: BytePath[];
}
