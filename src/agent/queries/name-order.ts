import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, baseName, displayPath, parentOf, pathKey } from '../../base/bytes.ts';
import type { Site, SiteView } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import { text } from '../store/rows.ts';
import type { Kind } from '../versions/version.ts';
import { foldText } from './fold.ts';

/** An entry of a directory, as far as its place among the others depends on it. */
export interface Ordered {
  name: BytePath;
  /** As it is read, and compared. */
  text: string;
  kind: Kind;
}

/** The names of a directory in the order of a language: every path that was ever known there. */
export interface NameOrder {
  sorted: readonly Ordered[];
  compare(a: Ordered, b: Ordered): number;
}

export interface NameOrders {
  /** @param locale BCP 47; one that is not known counts as English */
  of(folder: string, dir: BytePath, locale: string | undefined): Promise<NameOrder>;
}

/** Names that are kept sorted, of all directories together. */
const MOST_NAMES = 300_000;

/**
 * Keeps the names of the directories that people look at sorted, because neither engine sorts as people do: "Report 10"
 * after "Report 2", "Ärger" after "Apfel", and both according to the reader's language. 100,000 names take half a second to
 * read and sort, and then a page of them is a slice. They follow the heads.
 */
export function keepNameOrders(site: Site): NameOrders {
  const kept = new Map<string, Promise<Directory>>();

  site.wake.heads.listen((heads: Head[]) => {
    if (kept.size === 0) return;
    for (const head of heads) {
      const { folder, path } = head.ref;
      for (const [key, directory] of kept)
        if (key.startsWith(`${folder}\0${parentOf(path)}\0`))
          void directory.then(
            (it) => it.change(path, head.kind),
            () => undefined,
          );
    }
  });

  async function makeRoom(): Promise<void> {
    let count = 0;
    for (const [key, directory] of [...kept].toReversed()) {
      count += (await directory.catch(() => undefined))?.size() ?? 0;
      if (count > MOST_NAMES && key !== [...kept.keys()].at(-1)) kept.delete(key);
    }
  }

  return {
    async of(folder, dir, locale) {
      const collator = collatorOf(locale);
      const key = `${folder}\0${dir}\0${collator.resolvedOptions().locale}`;
      const known = kept.get(key);
      const directory = known ?? read(site, folder, dir, collator);
      // The latest is the last to go.
      kept.delete(key);
      kept.set(key, directory);
      directory.catch(() => kept.delete(key));
      if (!known) await makeRoom();
      return (await directory).order();
    },
  };
}

interface Directory {
  size(): number;
  change(path: BytePath, kind: Kind): void;
  order(): NameOrder;
}

async function read(site: SiteView, folder: string, dir: BytePath, collator: Intl.Collator): Promise<Directory> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    "SELECT path, kind FROM local.head WHERE dir_key = ? AND path <> ''",
    [pathKey(folder, dir)],
  );
  return keepSorted(
    rows.map((row) => ({ name: baseName(text(row.path)), kind: row.kind })),
    collator,
  );
}

/** Sorts names, and keeps them sorted while more arrive. */
export function keepSorted(entries: Omit<Ordered, 'text'>[], collator: Intl.Collator): Directory {
  const compare = (a: Ordered, b: Ordered) =>
    collator.compare(a.text, b.text) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  const byName = new Map<BytePath, Ordered>();
  let sorted: Ordered[] = [];
  let added: Ordered[] = [];

  function set(name: BytePath, kind: Kind): void {
    const known = byName.get(name);
    if (known) known.kind = kind;
    else {
      const entry = { name, text: displayPath(name), kind };
      byName.set(name, entry);
      added.push(entry);
    }
  }

  for (const { name, kind } of entries) set(name, kind);
  return {
    size: () => byName.size,
    change: (path, kind) => set(baseName(path), kind),
    order() {
      if (added.length > 0) {
        sorted = merged(sorted, sortNames(added, compare), compare);
        added = [];
      }
      return { sorted, compare };
    },
  };
}

/**
 * Sorts by a collator, which is slow: first by a simple key that is nearly the same, because the sort of the engine takes
 * hardly more than one look at what is nearly sorted.
 */
function sortNames(entries: Ordered[], compare: NameOrder['compare']): Ordered[] {
  const keyed = entries.map((entry) => ({ entry, key: roughKey(entry.text) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ entry }) => entry).sort(compare);
}

const roughKey = (name: string) => foldText(name).replace(/\d+/g, (digits) => digits.padStart(12, '0'));

/** Two sorted lists as one. Pure. */
function merged(a: Ordered[], b: Ordered[], compare: NameOrder['compare']): Ordered[] {
  if (a.length === 0) return b;
  const all: Ordered[] = [];
  let i = 0;
  for (const entry of b) {
    const to = firstAfter(a, entry, compare, i);
    for (; i < to; i++) all.push(a[i]!);
    all.push(entry);
  }
  for (; i < a.length; i++) all.push(a[i]!);
  return all;
}

/** The index of the first entry that comes after this one, or the length. Pure. */
export function firstAfter(
  sorted: readonly Ordered[],
  entry: Ordered,
  compare: NameOrder['compare'],
  from = 0,
): number {
  let [low, high] = [from, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]!, entry) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

const collators = new Map<string, Intl.Collator>();

/** Numbers in names count as numbers. */
function collatorOf(locale: string | undefined): Intl.Collator {
  const [known = 'en'] = supported(locale);
  const collator = collators.get(known) ?? new Intl.Collator(known, { numeric: true });
  collators.set(known, collator);
  return collator;
}

/** Only its language, script and region: a locale may also ask for another way to sort. */
function supported(locale: string | undefined): string[] {
  try {
    return locale === undefined ? [] : Intl.Collator.supportedLocalesOf(new Intl.Locale(locale).baseName);
  } catch {
    return [];
  }
}
