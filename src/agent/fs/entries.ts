import { constants } from 'node:os';
import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { Disk } from './disk.ts';
import type { Ignore } from './ignore.ts';
import { ctimeMs, errnoName, kindOf, WORDS } from './statx.ts';

/** ms. Times in the future do not count as fresh, or setting the clock back would make files fresh forever. */
const FRESH_MS = 100;

/** What all directories of a walk share. */
export interface Reading {
  disk: Disk;
  ignore: Ignore;
  /** The tree's device. */
  device: string;
  /** Buffer for the words of one chunk; grows with the chunks. */
  words: Uint32Array;
}

export function createReading(disk: Disk, ignore: Ignore, device: string): Reading {
  return { disk, ignore, device, words: new Uint32Array(0) };
}

/** Some entries of one directory. */
export interface Entries {
  names: BytePath[];
  /** {@link WORDS} per name; valid until the next chunk is read. */
  words: Uint32Array;
  /** 1 for each name of a file or symlink that changed so recently that it may still be written. */
  fresh: Uint8Array;
  files: number;
  directories: BytePath[];
  /** Mount points: their content does not belong to the tree, and cannot be reached by renames. */
  mounts: BytePath[];
  /** Files with several names (hard links), and how many. */
  linked: { name: BytePath; links: number }[];
  skipped: number;
  /** Entries that could not be read, with the error code. */
  errors: { path: BytePath; code: string }[];
}

/**
 * The synced entries of an open directory in chunks, in the order of the filesystem, which is stable as long as the
 * directory does not change. Of a directory only the mode is kept: its times change with its entries, which are read
 * anyway. Throws when the directory cannot be read.
 */
export function* readEntries(fd: number, dir: BytePath, reading: Reading): Generator<Entries> {
  for (const names of reading.disk.names(fd)) yield statAll(fd, dir, names, reading);
}

function statAll(fd: number, dir: BytePath, names: BytePath[], reading: Reading): Entries {
  const { disk, ignore, device } = reading;
  if (reading.words.length < names.length * WORDS) reading.words = new Uint32Array(names.length * WORDS);
  const { words } = reading;
  const entries: Entries = {
    names: [],
    words,
    fresh: new Uint8Array(names.length),
    files: 0,
    directories: [],
    mounts: [],
    linked: [],
    skipped: 0,
    errors: [],
  };
  const now = disk.now();
  for (const name of names) {
    if (ignore(dir, name)) continue;
    const at = entries.names.length * WORDS;
    const errno = disk.statInto(fd, name, words, at);
    if (errno === constants.errno.ENOENT) continue;
    if (errno !== 0) {
      entries.errors.push({ path: joinPath(dir, name), code: errnoName(errno) });
      continue;
    }
    const kind = kindOf(words[at]!);
    if (kind === 'other') {
      entries.skipped++;
      continue;
    }
    if (kind === 'dir') {
      words.fill(0, at + 1, at + WORDS);
      const last = disk.lastStat();
      const isOurs = last.device === device && !last.isMount;
      (isOurs ? entries.directories : entries.mounts).push(joinPath(dir, name));
    } else {
      const { links } = disk.lastStat();
      if (kind === 'file' && links > 1) entries.linked.push({ name, links });
      entries.files++;
      if (Math.abs(now - ctimeMs(words, at)) < FRESH_MS) entries.fresh[entries.names.length] = 1;
    }
    entries.names.push(name);
  }
  entries.words = words.subarray(0, entries.names.length * WORDS);
  return entries;
}
