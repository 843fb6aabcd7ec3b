import type { BytePath } from '../../base/bytes.ts';
import type { Problem } from '../../problems/problem.ts';
import type { Unreadable } from './unreadable.ts';

/** The lstat of one entry of a folder. Times are exact. */
export interface FileFact {
  path: BytePath;
  kind: 'file' | 'dir' | 'symlink';
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
  mode: number;
}

/** Observed entries, and paths at which nothing was found. */
export interface Findings {
  folder: string;
  facts: FileFact[];
  gone: BytePath[];
  /** More of the folder is waiting for its quiet time. */
  more?: boolean;
}

/** A directory whose entries differ from the last pass; a large one comes in several parts. */
export interface DirectoryReport {
  path: BytePath;
  facts: FileFact[];
  /** Whether this is the first part. If the parts stop, a later pass starts again. */
  first: boolean;
  /** Whether this is the last part and every entry could be read: whatever was in no part does not exist. */
  complete: boolean;
  /** With the last part: a 16-byte digest of all entries. Absent while an entry was being written. */
  digest?: Uint8Array;
}

/** The result of a pass over one folder. */
export interface PassResult {
  files: number;
  directories: number;
  /** Sockets, devices and pipes, which are never synced. */
  skipped: number;
  ms: number;
  /** Directories and entries that could not be read. They count as unknown, never as deleted. */
  unreadable: Unreadable;
}

/** A file's content while it was stable: hashed, and complete if it is small. */
export interface StableContent {
  fact: FileFact;
  sha256: Uint8Array;
  /** Of a file with holes: sparse.ts. */
  sparsity?: number;
  content?: Uint8Array;
}

export interface WatchState {
  watched: number;
  /** Why some changes are found by scans only. */
  degraded?: Problem;
}

/** The state of a folder as its thread reports it. */
export interface ScoutState extends WatchState {
  /** Paths that could not be read since the last pass began. */
  unreadable: Unreadable;
}

/** The outcome of settling one path: `changing` is observed again later; `gone` is no longer a regular file. */
export type Settling = { path: BytePath } & (
  | { settled: StableContent }
  | { state: 'changing' | 'gone' }
  | { error: string }
);

/** The number of paths that are announced and not observed yet, and some of them. */
export interface Waiting {
  count: number;
  first: BytePath[];
}
