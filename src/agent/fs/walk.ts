import { createHash } from 'node:crypto';
import { type BytePath, joinPath, pathKey } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { type Digests, hasDigest } from './digests.ts';
import type { Disk, Root } from './disk.ts';
import { createReading, type Entries, readEntries } from './entries.ts';
import type { DirectoryReport, FileFact, PassResult } from './facts.ts';
import type { Ignore } from './ignore.ts';
import { factAt } from './lstat.ts';
import { errnoName, factFromWords, kindOf, WORDS } from './statx.ts';
import { openTree, type Tree } from './tree.ts';
import { codeOf, describeUnreadable, NAMED } from './unreadable.ts';

/** The thread also serves hints and hashes: a walk yields after this long (ms). */
const SLICE_MS = 20;

export interface WalkOptions extends Root {
  folder: string;
  clock: Clock;
  ignore: Ignore;
  /** The patterns of `ignore`: under other rules no directory counts as agreed. */
  patterns: string[];
  /** Digests of the last agreed pass, by {@link pathKey} of the directory. */
  digests: Digests;
  /** Called before a directory is read. */
  enter: (dir: BytePath, fd: number) => void;
  /** Called with each file that has several names, an entry of an open directory. */
  linked: (path: BytePath, fd: number, name: BytePath, links: number) => void;
  /** Called with a path that has just changed. */
  stir: (path: BytePath) => void;
  /** Called with each changed directory; the walk continues when it resolves. */
  report: (report: DirectoryReport) => Promise<void>;
  /** Ends the walk, which then throws. */
  signal: AbortSignal;
}

/**
 * Walks a tree and reports the directories whose entries differ from the last agreed pass. Unchanged ones cost one statx
 * per entry and no memory: only a digest per directory is kept, nothing per file. Reads no content, follows no symlinks,
 * enters no other filesystem. What cannot be read is reported, and its directory never counts as complete. Throws when the
 * root cannot be opened, and when it was aborted.
 */
export async function walk(options: WalkOptions): Promise<PassResult> {
  const { folder, disk, clock, ignore, patterns, digests, enter, linked, stir, report, signal } = options;
  const started = clock.monotonic();
  const result: PassResult = { files: 0, directories: 0, skipped: 0, ms: 0, unreadable: { count: 0, first: [] } };
  const open: BytePath[] = [''];
  let sliceEnd = started + SLICE_MS;
  const tree = openTree(options);
  const reading = createReading(disk, ignore, deviceOf(tree));

  function fail(path: BytePath, code: string): void {
    const { unreadable } = result;
    unreadable.count++;
    if (unreadable.first.length < NAMED) unreadable.first.push(describeUnreadable(path, code));
  }

  async function giveWay(): Promise<void> {
    if (clock.monotonic() < sliceEnd) return;
    tree.rest();
    await clock.giveWay();
    sliceEnd = clock.monotonic() + SLICE_MS;
  }

  function stirFresh(entries: Entries, dir: BytePath): boolean {
    const fresh = entries.names.filter((_name, i) => entries.fresh[i]);
    for (const name of fresh) stir(joinPath(dir, name));
    return fresh.length > 0;
  }

  async function visit(dir: BytePath, fd: number): Promise<void> {
    result.directories++;
    const hash = createHash('sha256');
    if (patterns.length > 0) hash.update(JSON.stringify(patterns));
    let chunks = 0;
    let only: Entries | undefined;
    let readable = true;
    let still = true;
    for (const entries of readEntries(fd, dir, reading)) {
      chunks++;
      only = entries;
      hash.update(`${entries.names.join('/')}/`, 'latin1').update(entries.words);
      result.files += entries.files;
      result.skipped += entries.skipped;
      open.push(...entries.directories);
      for (const mount of entries.mounts) fail(mount, 'EMOUNTED');
      for (const { path, code } of entries.errors) fail(path, code);
      for (const { name, links } of entries.linked) linked(joinPath(dir, name), fd, name, links);
      readable &&= entries.errors.length === 0;
      if (stirFresh(entries, dir)) still = false;
      await giveWay();
    }
    const digest = hash.digest().subarray(0, 16);
    if (hasDigest(digests, pathKey(folder, dir), digest)) return;
    const end: Pick<DirectoryReport, 'complete' | 'digest'> = { complete: readable };
    if (readable && still) end.digest = Uint8Array.from(digest);
    if (chunks <= 1) return report({ path: dir, facts: only ? factsOf(disk, only, dir, fd) : [], first: true, ...end });
    // Read again rather than kept in memory. What changed in between differs from the digest, and is reported by the next
    // pass.
    let first = true;
    for (const entries of readEntries(fd, dir, reading)) {
      if (stirFresh(entries, dir)) delete end.digest;
      await report({ path: dir, facts: factsOf(disk, entries, dir, fd), first, complete: false });
      first = false;
      if (entries.errors.length) end.complete = false;
    }
    await report({ path: dir, facts: [], first, ...end });
  }

  try {
    for (let dir = open.pop(); dir !== undefined && !signal.aborted; dir = open.pop()) {
      await giveWay();
      let fd: number | undefined;
      try {
        fd = tree.open(dir);
        if (fd === undefined) continue;
        enter(dir, fd);
        await visit(dir, fd);
      } catch (error) {
        fail(dir, codeOf(error));
      } finally {
        if (fd !== undefined) disk.close(fd);
      }
    }
  } finally {
    tree.close();
  }
  if (signal.aborted) throw new Error('the folder was closed, or opened anew under other rules');
  result.ms = clock.monotonic() - started;
  return result;
}

/** The facts of entries that are stable. */
function factsOf(disk: Disk, { names, words, fresh }: Entries, dir: BytePath, fd: number): FileFact[] {
  const facts: FileFact[] = [];
  for (const [i, name] of names.entries()) {
    if (fresh[i]) continue;
    const path = joinPath(dir, name);
    const isDirectory = kindOf(words[i * WORDS]!) === 'dir';
    const fact = isDirectory ? factAt(disk, { fd, name }, path) : factFromWords(path, words, i * WORDS);
    if (fact) facts.push(fact);
  }
  return facts;
}

function deviceOf(tree: Tree): string {
  const at = tree.entry('.');
  const errno = at ? tree.disk.statInto(at.fd, '.', new Uint32Array(WORDS), 0) : 0;
  if (errno !== 0) throw new Error(`${errnoName(errno)}: the folder's root cannot be looked at`);
  return tree.disk.lastStat().device;
}
