import type { RowDataPacket } from 'mysql2/promise';
import type { OpenFolder } from '../fs/folder.ts';
import type { Site } from '../site/site.ts';
import { type IndexEntry, readIndexEntry } from '../store/index-entry.ts';
import { BATCH } from '../store/sql.ts';
import { advance, newRound, type Progress, saveRound } from '../store/verified.ts';
import { archivedAfter, verifyArchived } from './archive.ts';
import type { Reader } from './reader.ts';
import { type Verified, verifyEntries } from './tree.ts';

/** Bytes that are read between two records of the progress; at least one file. */
const PART_BYTES = 32 * 1024 * 1024;

/** A part of a round. */
export interface Part {
  /** The progress of the round. */
  progress: Progress;
  tree: Verified;
  archive: Verified;
  /** Another round over the folder was started meanwhile. */
  isOutdated: boolean;
}

const NOTHING: Verified = { files: 0, bytes: 0, damaged: [], failed: [] };

/** Verifies the next part of a folder and records the progress. */
export async function nextPart(site: Site, folder: OpenFolder, reader: Reader, before: Progress): Promise<Part> {
  const name = folder.plan.name;
  if (before.phase === 'archive') {
    const contents = within(await archivedAfter(site.store.db, name, before.sha256, BATCH));
    const archive = await verifyArchived(site, folder, reader, contents);
    const progress: Progress = {
      ...before,
      bytes: before.bytes + archive.bytes,
      ...(contents.length > 0 ? { sha256: contents.at(-1)!.sha256 } : { phase: 'done', ended: site.now() }),
    };
    return { progress, tree: NOTHING, archive, isOutdated: !(await advance(site.store.db, name, progress)) };
  }
  const entries = within(await entriesAfter(site, name, before));
  const tree = await verifyEntries(site, folder, reader, entries);
  const last = entries.at(-1)?.ref;
  const progress: Progress = {
    ...before,
    bytes: before.bytes + tree.bytes,
    ...(last ? { dirKey: last.dirKey, pathKey: last.pathKey } : { phase: 'archive' }),
  };
  return { progress, tree, archive: NOTHING, isOutdated: !(await advance(site.store.db, name, progress)) };
}

/** Starts a round over a folder. */
export async function beginRound(site: Site, folder: string, before: Progress | undefined): Promise<Progress> {
  const progress: Progress = {
    ...newRound(site.now()),
    found: before?.found ?? 0,
    ...(before?.ended !== undefined && { ended: before.ended }),
  };
  await saveRound(site.store.db, folder, progress);
  return progress;
}

/** The next files of a folder in index order, which is that of their keys. */
async function entriesAfter(
  { store: { db } }: Site,
  folder: string,
  { dirKey, pathKey }: Progress,
): Promise<IndexEntry[]> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT * FROM local.\`index\` WHERE (dir_key > ? OR (dir_key = ? AND path_key > ?)) AND folder = ? AND kind = 'file'
      ORDER BY dir_key, path_key LIMIT ?`,
    [dirKey, dirKey, pathKey, folder, BATCH],
  );
  return rows.map(readIndexEntry);
}

/** As many as fit into one part. Pure. */
export function within<T extends { size: number }>(all: T[], most = PART_BYTES): T[] {
  let bytes = 0;
  const end = all.findIndex(({ size }, i) => {
    bytes += size;
    return i > 0 && bytes > most;
  });
  return end < 0 ? all : all.slice(0, end);
}
