import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, baseName, joinPath, parentOf } from '../../base/bytes.ts';
import type { Head } from '../store/head.ts';
import { loadIndex } from '../store/index-entry.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import { chunks, type Sql } from '../store/sql.ts';
import { pathsOf } from '../store/version-rows.ts';
import { DELTA_MIN, mostSimilar, type Relative, SIMILAR_FACTOR, SIMILAR_MIN } from './likely-basis.ts';

/** Where a basis is: in the tree of the folder, or in its archive. */
export type BasisPlace = { path: BytePath } | { sha256: Buffer };

/** Content that was archived longer ago (ms) is unlikely to be the origin of a file with a new name. */
const RECENT_MS = 3_600_000;
/** Files of a directory that are considered. */
const CONSIDERED = 1000;
/** Maximum number of files of a directory whose contents are looked up elsewhere. */
const SIBLINGS = 200;
/** The same of those that are in the archive only: a few tell where the directory was. */
const ARCHIVED_SIBLINGS = 20;

/**
 * For files that are not on this disk at their path: what each was probably made from, by path id. In this order: what was
 * at the path before, and is archived; the file of the same name in the directory whose files reappear beside it, for a
 * directory that was renamed; the most similar file of its directory, in the tree or archived within the last hour.
 * @param similarMax size (bytes) above which the last is not tried
 * @param origins sites whose versions are here
 */
export async function findBases(
  db: Sql,
  heads: Head[],
  now: number,
  similarMax: number,
  origins: string[],
): Promise<Map<string, BasisPlace>> {
  const found = new Map<string, BasisPlace>();
  const open = () => heads.filter(({ ref, size }) => size >= DELTA_MIN && !found.has(ref.id));
  await findFormer(db, open(), found);
  await findMoved(db, open(), { since: now - RECENT_MS, origins }, found);
  for (const head of open()) {
    if (head.size < SIMILAR_MIN || head.size > similarMax) continue;
    const similar = await findSimilar(db, head, now - RECENT_MS);
    if (similar) found.set(head.ref.id, similar);
  }
  return found;
}

async function findFormer(db: Sql, heads: Head[], found: Map<string, BasisPlace>): Promise<void> {
  const last = await lastArchived(
    db,
    heads.map(({ ref }) => ref),
  );
  for (const [id, sha256] of last) found.set(id, { sha256 });
}

/** The content of each path that was archived last, by path id. */
async function lastArchived(db: Sql, refs: PathRef[]): Promise<Map<string, Buffer>> {
  const last = new Map<string, Buffer>();
  const ids = new Map(refs.map((ref) => [ref.pathKey.toString('latin1'), ref.id]));
  for (const part of chunks(refs)) {
    const [rows] = await db.query<RowDataPacket[]>(
      'SELECT path_key, sha256 FROM local.archived WHERE path_key IN (?) AND size > 0 ORDER BY archived_at',
      [part.map(({ pathKey }) => pathKey)],
    );
    for (const row of rows) last.set(ids.get((row.path_key as Buffer).toString('latin1'))!, row.sha256);
  }
  return last;
}

async function findMoved(
  db: Sql,
  heads: Head[],
  { since, origins }: { since: number; origins: string[] },
  found: Map<string, BasisPlace>,
): Promise<void> {
  const byDir = Map.groupBy(heads, ({ ref }) => ref.dirKey.toString('latin1'));
  for (const group of byDir.values()) {
    const { dirKey, folder } = group[0]!.ref;
    const siblings = '(SELECT sha256 FROM local.head WHERE dir_key = ? AND sha256 IS NOT NULL LIMIT ?) s';
    const [rows] = await db.query<RowDataPacket[]>(
      `SELECT i.path FROM ${siblings} JOIN local.\`index\` i ON i.sha256 = s.sha256
        WHERE i.folder = ? AND i.dir_key <> ? LIMIT ?`,
      [dirKey, SIBLINGS, folder, dirKey, SIBLINGS],
    );
    const [archived] = await db.query<RowDataPacket[]>(
      `SELECT a.origin, a.seq FROM ${siblings} JOIN local.archived a ON a.sha256 = s.sha256
        WHERE a.folder = ? AND a.archived_at > ? AND a.origin IN (?) LIMIT ?`,
      [dirKey, SIBLINGS, folder, since, origins, ARCHIVED_SIBLINGS],
    );
    const ids = archived.map((row) => ({ origin: text(row.origin), seq: Number(row.seq) }));
    const paths = [...rows.map((row) => text(row.path)), ...(await pathsOf(db, ids))];
    const own = parentOf(group[0]!.ref.path);
    const dirs = [...new Set(paths.map(parentOf))].filter((dir) => dir !== own);
    for (const dir of dirs.slice(0, 3)) {
      const former = new Map(
        group
          .filter(({ ref }) => !found.has(ref.id))
          .map(({ ref }) => [refOf(folder, joinPath(dir, baseName(ref.path))), ref.id]),
      );
      const index = await loadIndex(db, [...former.keys()]);
      for (const [ref, id] of former) if (index.get(ref.id)?.kind === 'file') found.set(id, { path: ref.path });
      // Its deletion may have come first.
      const last = await lastArchived(db, [...former.keys()]);
      for (const [ref, id] of former) {
        const sha256 = last.get(ref.id);
        if (sha256 && !found.has(id)) found.set(id, { sha256 });
      }
    }
  }
}

async function findSimilar(db: Sql, { ref, size }: Head, since: number): Promise<BasisPlace | undefined> {
  const sizes = [Math.max(SIMILAR_MIN, Math.floor(size / SIMILAR_FACTOR)), size * SIMILAR_FACTOR];
  const [inTree] = await db.query<RowDataPacket[]>(
    "SELECT path, size FROM local.`index` WHERE dir_key = ? AND kind = 'file' AND size BETWEEN ? AND ? LIMIT ?",
    [ref.dirKey, ...sizes, CONSIDERED],
  );
  const [archived] = await db.query<RowDataPacket[]>(
    `SELECT h.path, a.size, a.sha256 FROM local.archived a JOIN local.head h ON h.dir_key = ? AND h.path_key = a.path_key
      WHERE a.folder = ? AND a.archived_at > ? AND a.size BETWEEN ? AND ? ORDER BY a.archived_at DESC LIMIT ?`,
    [ref.dirKey, ref.folder, since, ...sizes, CONSIDERED],
  );
  const relatives = [...inTree, ...archived].map((row): Relative & { sha256?: Buffer } => ({
    path: text(row.path),
    size: Number(row.size),
    ...(row.sha256 && { sha256: row.sha256 }),
  }));
  const best = mostSimilar({ path: ref.path, size }, relatives);
  if (!best) return undefined;
  return best.sha256 ? { sha256: best.sha256 } : { path: best.path };
}
