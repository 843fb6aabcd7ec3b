import { type BytePath, joinPath, parentOf } from '../../base/bytes.ts';
import type { Kind } from '../versions/version.ts';
import { foldName } from './fold.ts';
import { look, planOf, type Test } from './match-names.ts';
import { createPackedNames, doubled } from './packed-names.ts';
import { createPathTable, hashOf } from './path-table.ts';

/** What is stored for a path besides its name. */
export interface NameFacts {
  kind: Kind;
  /** Bytes. */
  size: number;
  /** Unix ms. */
  mtimeMs: number;
  origin: string;
  seq: number;
}

interface Asked {
  /**
   * Parts of the name, all of which must match; one that ends with NUL must match the end of the name. Case and accents are
   * ignored.
   */
  parts: BytePath[];
  folders: ReadonlySet<string>;
  /** `size`: -1 for a deletion. */
  fits(size: number, mtimeMs: number, origin: string, seq: number): boolean;
}

/** What is known of all paths, by record; for passes over all of them. */
export interface NameColumns {
  count: number;
  kinds: Uint8Array;
  /** Numbers of directories, which are the same as in {@link Names.directoryOf}. */
  homes: Uint32Array;
  /** Bytes, Unix ms, number of the version. */
  facts: Float64Array;
  /** Numbers of origins. */
  makers: Uint16Array;
  origins: string[];
  /** The highest version of each origin. */
  newest: number[];
  /** Of each directory the number of the one above, which is lower; that of a folder itself is its own. */
  parents: number[];
  /** Grows with every change. */
  changes: number;
}

/**
 * The names of all paths in memory, compactly, for substring search: 1,000,000 names of 25 bytes take about 80 MB outside
 * of the JavaScript heap and are searched in tens of milliseconds.
 */
export interface Names {
  /** A path that is known gets other facts. */
  add(folder: string, dir: BytePath, name: BytePath, facts: NameFacts): void;
  readonly size: number;
  /**
   * What became known last comes first. A generator: searches only as far as it is consumed; yields undefined now and then,
   * so that the caller can yield or stop.
   */
  find(asked: Asked): Generator<{ folder: string; path: BytePath } | undefined>;
  directoryOf(folder: string, dir: BytePath): number | undefined;
  columns(): NameColumns;
}

/** Numbers per path in `facts`. */
export const FACTS = 3;
const KINDS: Kind[] = ['file', 'dir', 'symlink', 'deleted'];
/** Numbers in {@link NameColumns.kinds}. */
export const FILE = KINDS.indexOf('file');
const DELETED = KINDS.indexOf('deleted');

export function createNames(): Names {
  const names = createPackedNames();
  const table = createPathTable();
  let kinds = new Uint8Array(1 << 12);
  let homes = new Uint32Array(1 << 12);
  let facts = new Float64Array(FACTS << 12);
  let makers = new Uint16Array(1 << 12);
  let size = 0;
  let changes = 0;
  const directories: { folder: string; dir: BytePath }[] = [];
  const parents: number[] = [];
  const directoryIds = new Map<string, number>();
  const origins: string[] = [];
  const newest: number[] = [];
  const originIds = new Map<string, number>();

  function originId(origin: string): number {
    const known = originIds.get(origin);
    if (known !== undefined) return known;
    originIds.set(origin, origins.length);
    newest.push(0);
    return origins.push(origin) - 1;
  }

  function directoryId(folder: string, dir: BytePath): number {
    const key = `${folder}\0${dir}`;
    const known = directoryIds.get(key);
    if (known !== undefined) return known;
    const above = dir === '' ? undefined : directoryId(folder, parentOf(dir));
    const id = directories.push({ folder, dir }) - 1;
    parents.push(above ?? id);
    directoryIds.set(key, id);
    return id;
  }

  function recordOf(folder: string, dir: BytePath, name: BytePath): number {
    const home = directoryId(folder, dir);
    const hash = hashOf(home, name);
    const known = table.find(hash, (record) => homes[record] === home && names.nameOf(record) === name);
    if (known !== undefined) return known;
    if (size === kinds.length)
      [kinds, homes, facts, makers] = [doubled(kinds), doubled(homes), doubled(facts), doubled(makers)];
    names.add(name);
    table.add(hash, size);
    homes[size] = home;
    return size++;
  }

  function pathOf(record: number) {
    const { folder, dir } = directories[homes[record]!]!;
    return { folder, path: joinPath(dir, names.nameOf(record)) };
  }

  function factsTest({ folders, fits }: Asked): Test {
    const isIn = new Uint8Array(directories.length);
    for (const [id, { folder }] of directories.entries()) if (folders.has(folder)) isIn[id] = 1;
    const [known, kept, at, made] = [kinds, facts, homes, makers];
    return (record) => {
      if (isIn[at[record]!] !== 1) return false;
      const place = record * FACTS;
      const bytes = known[record] === DELETED ? -1 : kept[place]!;
      return fits(bytes, kept[place + 1]!, origins[made[record]!]!, kept[place + 2]!);
    };
  }

  return {
    add(folder, dir, name, { kind, size: bytes, mtimeMs, origin, seq }) {
      const record = recordOf(folder, dir, name);
      const maker = originId(origin);
      kinds[record] = KINDS.indexOf(kind);
      const place = record * FACTS;
      facts[place] = bytes;
      facts[place + 1] = mtimeMs;
      facts[place + 2] = seq;
      makers[record] = maker;
      newest[maker] = Math.max(newest[maker]!, seq);
      changes++;
    },
    get size() {
      return size;
    },
    *find(asked) {
      // NUL ends a name.
      if (asked.parts.some((part) => part.slice(0, -1).includes('\0'))) return;
      const needles = asked.parts.filter(Boolean).map((part) => Buffer.from(foldName(part), 'latin1'));
      // What is added meanwhile is not searched.
      const now = names.text();
      for (const record of look(now, planOf(now, needles, factsTest(asked))))
        yield record === undefined ? undefined : pathOf(record);
    },
    directoryOf: (folder, dir) => directoryIds.get(`${folder}\0${dir}`),
    columns: () => ({ count: size, kinds, homes, facts, makers, origins, newest, parents, changes }),
  };
}
