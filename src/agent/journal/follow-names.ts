import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, baseName, displayPath, joinPath, parentOf } from '../../base/bytes.ts';
import { firstOf } from '../../base/first-of.ts';
import { repeat } from '../../base/repeat.ts';
import { problem } from '../../problems/problem.ts';
import { type Unportable, unportable } from '../fs/portable-name.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';
import { text } from '../store/rows.ts';

/** How often names are looked at that were given since: a directory that is being filled is read once for many of them. */
const ROUND_MS = 3000;
/** Directories read with one query. */
const DIRECTORIES = 50;
/** The most names of so many directories that are compared. */
const NAMES = 100_000;
/** Names that a report lists; the others are counted. */
const LISTED = 5;

/** What is known of one folder, by directory key as latin1. */
interface FolderNames {
  /** Directories to be read. */
  changed: Set<string>;
  /** Those in which names given here are not portable. */
  found: Map<string, { count: number; names: string[] }>;
}

const about = (folder: string) => `names of ${folder}`;

/**
 * Reports names that not all clients can use, in folders that want portable ones: each at the site that gave it. Of names
 * that differ by case only, the later one in the order of bytes. Runs until the site's signal is aborted.
 */
export async function followNames(site: Site): Promise<void> {
  const folders = new Map<string, FolderNames>();
  site.wake.heads.listen((heads) => {
    for (const { ref } of heads) folders.get(ref.folder)?.changed.add(ref.dirKey.toString('latin1'));
  });

  async function round(): Promise<void> {
    for (const { plan } of site.folders.values()) {
      if (plan.names !== 'portable') {
        if (folders.delete(plan.name)) setProblem(site, about(plan.name));
      } else if (folders.has(plan.name)) await lookAgain(site, plan.name, folders.get(plan.name)!);
      else {
        const names = { changed: new Set<string>(), found: new Map() };
        folders.set(plan.name, names);
        try {
          await lookAtAll(site, plan.name, names);
        } catch (error) {
          folders.delete(plan.name);
          throw error;
        }
      }
    }
  }

  const failed = (err: Error) => site.log.warn({ err }, 'names could not be looked at; trying again');
  await repeat(round, { signal: site.signal, clock: site, pause: ROUND_MS, pauseFirst: true, failed });
}

async function lookAtAll(site: Site, folder: string, names: FolderNames): Promise<void> {
  for (let after = Buffer.alloc(0); !site.signal.aborted; ) {
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      'SELECT DISTINCT dir_key FROM local.head WHERE dir_key > ? AND folder = ? ORDER BY dir_key LIMIT ?',
      [after, folder, DIRECTORIES],
    );
    if (rows.length === 0) break;
    await look(
      site,
      names,
      rows.map((row) => row.dir_key as Buffer),
    );
    after = rows.at(-1)!.dir_key;
  }
  report(site, folder, names);
}

async function lookAgain(site: Site, folder: string, names: FolderNames): Promise<void> {
  while (names.changed.size > 0 && !site.signal.aborted) {
    const some = firstOf(names.changed, DIRECTORIES);
    for (const key of some) names.changed.delete(key);
    try {
      await look(
        site,
        names,
        some.map((key) => Buffer.from(key, 'latin1')),
      );
    } catch (error) {
      for (const key of some) names.changed.add(key);
      throw error;
    }
    report(site, folder, names);
  }
}

async function look(site: Site, { found }: FolderNames, dirs: Buffer[]): Promise<void> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    "SELECT dir_key, path, origin FROM local.head WHERE dir_key IN (?) AND kind <> 'deleted' LIMIT ?",
    [dirs, NAMES],
  );
  const byDir = Map.groupBy(rows, (row) => (row.dir_key as Buffer).toString('latin1'));
  for (const key of dirs.map((dir) => dir.toString('latin1'))) {
    const own = ownIn(byDir.get(key) ?? [], site.plan.site);
    if (own.length === 0) found.delete(key);
    else found.set(key, { count: own.length, names: own.slice(0, LISTED).map(suggestion) });
  }
}

/** The names of one directory that this site gave and that are not portable, as paths. */
function ownIn(rows: RowDataPacket[], me: string): Unportable[] {
  const origins = new Map<BytePath, string>(rows.map((row) => [text(row.path), text(row.origin)]));
  const paths = [...origins.keys()].sort();
  const dir = parentOf(paths[0] ?? '');
  return unportable(paths.map(baseName))
    .map((one) => ({ ...one, name: joinPath(dir, one.name) }))
    .filter(({ name }) => origins.get(name) === me);
}

const suggestion = ({ name, suggested }: Unportable) => `"${displayPath(name)}" → "${displayPath(suggested)}"`;

function report(site: Site, folder: string, { found }: FolderNames): void {
  const all = [...found.values()];
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const listed = firstOf(
    all.flatMap(({ names }) => names),
    LISTED,
  );
  const names = listed.join(', ') + (count > listed.length ? ', …' : '');
  setProblem(site, about(folder), count === 0 ? undefined : problem('namesNotPortable', { folder, count, names }));
}
