import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type BytePath, fsPath, joinPath, pathKey } from '../../base/bytes.ts';
import type { DirectoryReport, PassResult } from './facts.ts';
import type { Ignore } from './ignore.ts';
import { factOf } from './lstat.ts';

/** The thread also serves hints and hashes: a walk gives way after this long (ms). */
const SLICE_MS = 20;
/** Entries per report: a directory of a million entries comes in parts. */
const PART = 2000;
/** An entry that changed this short a time ago (ms) may still be written: it is left to the quiet rule. */
const FRESH_MS = 100;

export interface WalkOptions {
  folder: string;
  root: string;
  ignore: Ignore;
  /** Digests of the last agreed pass: {@link pathKey} of the directory as latin1 → digest as latin1. */
  digests: Map<string, string>;
  /** Called before a directory is read. */
  enter: (dir: BytePath) => void;
  /** Called with a path that was changed just now. */
  stir: (path: BytePath) => void;
  /** Called with each changed directory; the walk goes on when it resolves. */
  report: (report: DirectoryReport) => Promise<void>;
}

/**
 * Walks a tree and reports the directories whose entries are not those of the last agreed pass. Unchanged ones cost
 * one lstat an entry and no memory: what is kept per directory is a digest, what is kept per file nothing. No content
 * is read and no symlink followed.
 */
export async function walk(options: WalkOptions): Promise<PassResult> {
  const { folder, root, ignore, digests, enter, stir, report } = options;
  const started = performance.now();
  const result: PassResult = { files: 0, directories: 0, ms: 0, errors: [] };
  const open: BytePath[] = [''];
  const now = Date.now();
  let sliceEnd = started + SLICE_MS;
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    if (performance.now() > sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
    enter(dir);
    const absolute = dir === '' ? root : `${root}/${dir}`;
    let names: string[];
    try {
      names = readdirSync(fsPath(absolute), 'latin1');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') result.errors.push(message);
      continue;
    }
    result.directories++;
    const seen: string[] = [];
    const fresh = new Set<string>();
    const numbers = new Float64Array(names.length * 5);
    for (const name of names) {
      const path = joinPath(dir, name);
      if (ignore(path)) continue;
      const stats = lstatSync(fsPath(`${absolute}/${name}`), { throwIfNoEntry: false });
      if (!stats || !isSynced(stats)) continue;
      const isDirectory = stats.isDirectory();
      if (isDirectory) open.push(path);
      else {
        result.files++;
        if (now - stats.ctimeMs < FRESH_MS) {
          fresh.add(name);
          stir(path);
        }
      }
      fingerprint(numbers, seen.length * 5, stats, isDirectory);
      seen.push(name);
    }
    const digest = createHash('sha256')
      .update(seen.join('\0'), 'latin1')
      .update(new Uint8Array(numbers.buffer, 0, seen.length * 40))
      .digest()
      .subarray(0, 16);
    if (digests.get(pathKey(folder, dir).toString('latin1')) === digest.toString('latin1')) continue;
    for (let i = 0; i === 0 || i < seen.length; i += PART) {
      const part = seen.slice(i, i + PART);
      const still = part.filter((name) => !fresh.has(name));
      const facts = still.map((name) => factOf(root, joinPath(dir, name))).filter((fact) => fact !== undefined);
      const complete = i + PART >= seen.length;
      await report({ path: dir, facts, complete, ...(complete && fresh.size === 0 && { digest: Uint8Array.from(digest) }) });
    }
  }
  result.ms = performance.now() - started;
  return result;
}

function isSynced(stats: Stats): boolean {
  return stats.isFile() || stats.isDirectory() || stats.isSymbolicLink();
}

/** Of a directory only that it is one: its times change with its entries, which are looked at anyway. */
function fingerprint(numbers: Float64Array, at: number, stats: Stats, isDirectory: boolean): void {
  numbers[at] = stats.mode;
  numbers[at + 1] = stats.ino;
  if (isDirectory) return;
  numbers[at + 2] = stats.size;
  numbers[at + 3] = stats.mtimeMs;
  numbers[at + 4] = stats.ctimeMs;
}
