import type { Readable } from 'node:stream';
import type { BytePath } from '../../base/bytes.ts';
import type { Problem } from '../../problems/problem.ts';
import type { Entries, EntriesQuery } from '../contract/browse.ts';
import type { Changed, Deleted, ExistingEntries, Restorations, UploadOutcome } from '../contract/change.ts';
import type { Event } from '../contract/events.ts';
import type { HeldChanges, HeldFolder, HeldOutcome, HeldQuery } from '../contract/held.ts';
import type { Lacks, Network, Timeline } from '../contract/network.ts';
import type { SearchQuery, SearchResults } from '../contract/search.ts';
import type { Conflicts, Versions, VersionsQuery } from '../contract/versions.ts';
import type { Where } from '../contract/where.ts';

/**
 * What the web server needs from a site; implemented by the agent. Paths are bytes that are valid according to {@link
 * pathProblem} ('' = the folder itself, where a directory is expected). Every call may throw Refused.
 */
export interface Page {
  readonly site: string;
  readonly network: string;
  readonly version: string;
  folders(): FolderFacts[];
  browse: BrowseOperations;
  change: ChangeOperations;
  queries: Queries;
  held: HeldOperations;
  /** Calls the listener for every event until the returned function is called. */
  subscribe(listener: (event: Event) => void): () => void;
}

interface FolderFacts {
  name: string;
  mode: 'readWrite' | 'receiveOnly' | 'sendOnly' | 'relay';
  sites: string[];
  /** Why it cannot be used now. */
  problem: Problem | null;
}

interface BrowseOperations {
  entries(folder: string, path: BytePath, query: Omit<EntriesQuery, 'path'>): Promise<Entries>;
  /** The content of the current file, of a version, or of what was there at a time; fetched from a neighbour if it is not here. */
  open(
    folder: string,
    path: BytePath,
    of?: { version?: string | undefined; at?: string | undefined },
  ): Promise<OpenedFile>;
  /** What is at a path now. */
  stat(folder: string, path: BytePath): Promise<{ kind: 'file' | 'dir'; size: number }>;
  /** Files and directories below a directory, now or at a time, parents first; symlinks are left out. */
  walk(folder: string, path: BytePath, at?: string): AsyncIterable<TreeEntry>;
  search(query: SearchQuery, folders: string[]): Promise<SearchResults>;
}

/** An open file; must be closed with {@link close}. */
export interface OpenedFile {
  /** Its path for node:fs while it is open. */
  fsPath: string | Buffer;
  size: number;
  mtime: Date;
  /** Quoted. Equal text means equal content. */
  etag: string;
  close(): void;
}

export interface TreeEntry {
  path: BytePath;
  kind: 'file' | 'dir';
  mtime: Date;
  mode: number;
  /** For files. Throws if it is gone in the meantime. */
  read?: () => Promise<Readable>;
}

/** Changes to the tree on a user's behalf; `author` is stored with the versions. */
interface ChangeOperations {
  makeDirectory(folder: string, path: BytePath, author: string): Promise<Changed>;
  move(folder: string, from: BytePath, to: BytePath, author: string): Promise<Changed>;
  /** @param versions parallel to the paths: what the user saw there */
  remove(folder: string, paths: BytePath[], versions: string[] | undefined, author: string): Promise<Deleted>;
  restore(folder: string, path: BytePath, version: string, author: string): Promise<Changed>;
  /** @param at ISO 8601; undefined: what was deleted last */
  restoreAll(folder: string, paths: BytePath[], at: string | undefined, author: string): Promise<Restorations>;
  resolve(folder: string, conflict: Resolution, author: string): Promise<Changed>;
  /** Where uploads into a folder are kept: on its own filesystem. */
  uploadRoom(folder: string): Promise<string>;
  /**
   * Throws when a file of this name and size cannot be accepted: the name is never synced, or the disk is full.
   * @returns bytes that would be free then
   */
  admit(folder: string, path: BytePath, size: number): Promise<number>;
  /** Moves a complete upload into the tree. */
  receive(folder: string, upload: Received, author: string): Promise<Arrived>;
  /** What is at these paths, for a user who is about to upload to them. */
  existing(folder: string, paths: BytePath[]): Promise<ExistingEntries>;
}

export interface Resolution {
  path: BytePath;
  copy: BytePath;
  copyVersion: string;
  keep: 'winner' | 'loser' | 'both';
}

export interface Received {
  /** The file in {@link ChangeOperations.uploadRoom}. */
  file: string;
  path: BytePath;
  mtimeMs?: number;
  /** Version that the user saw at the path; '' = nothing. */
  base: string;
  /** If something is there that the user did not see, take another name: it is no conflict. */
  keepBoth: boolean;
}

export interface Arrived extends Changed {
  outcome: UploadOutcome;
}

/** Changes that wait for approval at this site. Each of `paths` includes everything below it; undefined = the whole folder. */
interface HeldOperations {
  folders(): Promise<Omit<HeldFolder, 'mayDecide'>[]>;
  changes(folder: string, path: BytePath, query: Omit<HeldQuery, 'path'>): Promise<HeldChanges>;
  approve(folder: string, paths: BytePath[] | undefined, author: string): Promise<HeldOutcome>;
  reject(folder: string, paths: BytePath[] | undefined, author: string): Promise<HeldOutcome>;
}

/** What is known about files and offices. */
interface Queries {
  where(folder: string, path: BytePath): Promise<Where>;
  versions(folder: string, path: BytePath, query: Omit<VersionsQuery, 'path'>): Promise<Versions>;
  conflicts(folders: string[], cursor: string | undefined, limit: number): Promise<Conflicts>;
  network(): Promise<Network>;
  lacks(site: string, folders: string[], cursor: string | undefined, limit: number): Promise<Lacks>;
  timeline(folders: string[], cursor: string | undefined, limit: number): Promise<Timeline>;
}
