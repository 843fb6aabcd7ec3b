import { constants, copyFileSync, existsSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import type { OpenFolder } from '../apply/folder.ts';
import type { At } from '../apply/native.ts';
import { atPath, lstatAt } from '../apply/tree.ts';
import type { IndexEntry } from '../journal/index-table.ts';
import type { PathRef } from '../journal/path-ref.ts';
import { chunks, type Sql } from '../journal/sql.ts';

/** A version whose content the archive keeps. */
export interface Archived {
  ref: PathRef;
  origin: string;
  seq: number;
  sha256: Buffer;
  size: number;
}

/** Where the archive of a folder keeps content with this hash: one file per hash. */
export function archivePath(folder: OpenFolder, sha256: Buffer): string {
  const hex = sha256.toString('hex');
  return join(folder.archive, hex.slice(0, 2), hex);
}

/** The same, relative to the folder's root: what a neighbour asks for. */
export function archiveRelative(sha256: Buffer): string {
  const hex = sha256.toString('hex');
  return `.sitesync/archive/${hex.slice(0, 2)}/${hex}`;
}

/**
 * Moves caught content to the archive. Only files have content to keep: a symlink's target and a directory are whole
 * in the journal.
 */
export function archiveCaught(folder: OpenFolder, caught: At, entry: IndexEntry): Archived | undefined {
  if (entry.kind !== 'file' || !entry.sha256) {
    if (lstatAt(caught)) unlinkSync(atPath(caught));
    return undefined;
  }
  keepAs(folder, caught, entry.sha256);
  return { ref: entry.ref, origin: entry.origin, seq: entry.seq, sha256: entry.sha256, size: entry.size };
}

/** Moves content of known hash into its place in the archive. */
export function keepAs(folder: OpenFolder, caught: At, sha256: Buffer): void {
  const target = archivePath(folder, sha256);
  if (existsSync(target)) return unlinkSync(atPath(caught));
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
  renameSync(atPath(caught), target);
}

/** Puts a copy of content into the archive and leaves the original (cheap where the filesystem can share blocks). */
export function copyToArchive(folder: OpenFolder, from: At, sha256: Buffer): void {
  const target = archivePath(folder, sha256);
  if (existsSync(target)) return;
  mkdirSync(join(target, '..'), { recursive: true, mode: 0o700 });
  const half = `${target}.part`;
  copyFileSync(atPath(from), half, constants.COPYFILE_FICLONE);
  renameSync(half, target);
}

export async function saveArchived(db: Sql, rows: Archived[], now: number): Promise<void> {
  for (const part of chunks(rows)) {
    await db.query('REPLACE INTO local.archived (path_key, origin, seq, folder, sha256, size, archived_at) VALUES ?', [
      part.map((r) => [r.ref.pathKey, r.origin, r.seq, r.ref.folder, r.sha256, r.size, now]),
    ]);
  }
}

/** Whether the archive of this site keeps a version. */
export async function archivedVersions(db: Sql, ref: PathRef): Promise<Set<string>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT origin, seq FROM local.archived WHERE path_key = ?', [
    ref.pathKey,
  ]);
  return new Set(rows.map((row) => `${row.origin}.${row.seq}`));
}
