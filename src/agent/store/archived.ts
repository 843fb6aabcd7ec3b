import type { RowDataPacket } from 'mysql2/promise';
import type { PathRef } from './path-ref.ts';
import { chunks, type Sql } from './sql.ts';

/** A version whose content is in the archive. */
export interface Archived {
  ref: PathRef;
  origin: string;
  seq: number;
  sha256: Buffer;
  size: number;
}

export async function saveArchived(db: Sql, rows: Archived[], now: number): Promise<void> {
  for (const part of chunks(rows)) {
    await db.query('REPLACE INTO local.archived (path_key, origin, seq, folder, sha256, size, archived_at) VALUES ?', [
      part.map((r) => [r.ref.pathKey, r.origin, r.seq, r.ref.folder, r.sha256, r.size, now]),
    ]);
  }
}

/** The versions of a path in this site's archive. */
export async function archivedVersions(db: Sql, ref: PathRef): Promise<Set<string>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT origin, seq FROM local.archived WHERE path_key = ?', [
    ref.pathKey,
  ]);
  return new Set(rows.map((row) => `${row.origin}.${row.seq}`));
}
