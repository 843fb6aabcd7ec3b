import type { BytePath } from '../../base/bytes.ts';
import type { Entry } from '../../web/contract/browse.ts';
import type { Catalogue } from './catalogue.ts';
import { type DirectoryTotals, incompleteSites, missingBelow, sizesBelow } from './directory-totals.ts';
import type { Placement } from './placement.ts';

/** Everything below directories: how much it is, and what offices lack of it. */
export interface Below {
  /** Of a directory; undefined while it is not known. */
  of(folder: string, dir: BytePath, placement: Pick<Placement, 'custody'>): OfDirectory | undefined;
  /** Whether somebody was told less than is known now. Asking again clears it. */
  isOutdated(): boolean;
}

interface OfDirectory {
  files: number;
  bytes: number;
  /** By site. */
  missing: Map<string, number>;
}

/** Numbers are counted anew at most after this many times what counting took: it must not slow down syncing. */
const REST = 10;
/** Names times sites that are looked at: with more, what sites lack is not known. */
const MOST_LOOKS = 100_000_000;

/**
 * Counts in memory, from the names of all paths: 1,000,000 names take some 20 ms, and as much again for every office that
 * lacks something.
 * @param clock monotonic milliseconds
 */
export function createBelow(catalogue: Catalogue, clock: () => number): Below {
  let sizes: { changes: number; of: Omit<DirectoryTotals, 'missing'> } | undefined;
  let missing:
    | { changes: number; custody: Placement['custody']; of: DirectoryTotals['missing'] | undefined }
    | undefined;
  let restUntil = Number.NEGATIVE_INFINITY;
  let isOwed = false;

  function counted(custody: Placement['custody']) {
    const { names, complete } = catalogue.use();
    if (!complete) {
      isOwed = true;
      return undefined;
    }
    const columns = names.columns();
    const isFresh = sizes?.changes === columns.changes && missing?.changes === columns.changes;
    if (isFresh && missing?.custody === custody) return { names, sizes: sizes!, missing };
    const began = clock();
    if (sizes && missing && began < restUntil) {
      isOwed = true;
      return { names, sizes, missing };
    }
    const { changes } = columns;
    if (sizes?.changes !== changes) sizes = { changes, of: sizesBelow(columns) };
    const looks = columns.count * incompleteSites(columns, custody).length;
    missing = { changes, custody, of: looks > MOST_LOOKS ? undefined : missingBelow(columns, custody) };
    restUntil = clock() + REST * (clock() - began);
    return { names, sizes, missing };
  }

  return {
    of(folder, dir, { custody }) {
      const now = counted(custody);
      const id = now?.names.directoryOf(folder, dir);
      if (!now?.missing.of) return undefined;
      // Nothing was ever below it; or it is newer than what was counted.
      if (id === undefined || id >= now.sizes.of.files.length) return { files: 0, bytes: 0, missing: new Map() };
      return {
        files: now.sizes.of.files[id]!,
        bytes: now.sizes.of.bytes[id]!,
        missing: new Map([...now.missing.of].flatMap(([site, lacks]) => (lacks[id] ? [[site, lacks[id]]] : []))),
      };
    },
    isOutdated() {
      const is = isOwed && clock() >= restUntil && catalogue.use().complete;
      if (is) isOwed = false;
      return is;
    },
  };
}

/** Directories with what is below them: their marks are those of everything in them. Pure. */
export function withBelow(entry: Entry, below: OfDirectory | undefined, sites: string[]): Entry {
  if (entry.kind !== 'dir') return entry;
  if (!below) return { ...entry, below: null };
  const own = new Map(entry.marks.map((mark) => [mark.site, mark]));
  return {
    ...entry,
    below: { files: below.files, bytes: below.bytes },
    marks: sites.flatMap((site) => {
      const mark = own.get(site);
      const lacks = below.missing.get(site) ?? 0;
      if (lacks === 0) return mark ?? [];
      return { ...(mark ?? { site, state: 'waiting' as const }), below: lacks };
    }),
  };
}
