import { opendirSync } from 'node:fs';
import { constants } from 'node:os';
import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { Ignore } from './ignore.ts';
import { ctimeMs, errnoName, kindOf, lastDevice, lastIsMount, lastLinks, statInto, WORDS } from './statx.ts';

/** Entries read in one go: what a directory of a million entries costs in memory. */
const CHUNK = 2000;
/** ms. A clock that was set back must not make files fresh for ever: times in the future are not fresh. */
const FRESH_MS = 100;

/** What all directories of a walk have in common. */
export interface Reading {
  ignore: Ignore;
  /** The tree's device. */
  device: string;
  /** Room for the words of one chunk. */
  words: Uint32Array;
}

export function createReading(ignore: Ignore, device: string): Reading {
  return { ignore, device, words: new Uint32Array(CHUNK * WORDS) };
}

/** Some entries of one directory. */
export interface Entries {
  names: BytePath[];
  /** {@link WORDS} per name; valid until the next chunk is read. */
  words: Uint32Array;
  /** Per name 1 when a file or symlink changed so short a time ago that it may still be written. */
  fresh: Uint8Array;
  files: number;
  directories: BytePath[];
  /** Something is mounted there: what is in them is not the tree's, and no rename reaches it. */
  mounts: BytePath[];
  /** Files with several names (hard links), and how many. */
  linked: { name: BytePath; links: number }[];
  skipped: number;
  /** Entries that could not be looked at, and the code why. */
  errors: { path: BytePath; code: string }[];
}

/**
 * The synced entries of an open directory in chunks, in the order in which the filesystem tells them, which stays the
 * same as long as the directory does. Of a directory only its mode is kept: its times change with its entries, which
 * are looked at anyway. Throws when the directory cannot be read.
 */
export function* readEntries(fd: number, dir: BytePath, reading: Reading): Generator<Entries> {
  for (const names of readNames(fd)) yield statAll(fd, dir, names, reading);
}

/** Names of an open directory, in chunks. */
export function* readNames(fd: number): Generator<BytePath[]> {
  const directory = opendirSync(`/proc/self/fd/${fd}`, { encoding: 'latin1', bufferSize: 256 });
  try {
    let names: BytePath[] = [];
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      names.push(entry.name);
      if (names.length < CHUNK) continue;
      yield names;
      names = [];
    }
    if (names.length) yield names;
  } finally {
    directory.closeSync();
  }
}

function statAll(fd: number, dir: BytePath, names: BytePath[], { ignore, device, words }: Reading): Entries {
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
  const now = Date.now();
  for (const name of names) {
    if (ignore(dir, name)) continue;
    const at = entries.names.length * WORDS;
    const errno = statInto(fd, name, words, at);
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
      const isOurs = lastDevice() === device && !lastIsMount();
      (isOurs ? entries.directories : entries.mounts).push(joinPath(dir, name));
    } else {
      if (kind === 'file' && lastLinks() > 1) entries.linked.push({ name, links: lastLinks() });
      entries.files++;
      if (Math.abs(now - ctimeMs(words, at)) < FRESH_MS) entries.fresh[entries.names.length] = 1;
    }
    entries.names.push(name);
  }
  entries.words = words.subarray(0, entries.names.length * WORDS);
  return entries;
}
