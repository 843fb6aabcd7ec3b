import type { RowDataPacket } from 'mysql2/promise';
import { text } from './rows.ts';
import { affected, type Sql } from './sql.ts';

/** The progress of verification in a folder; survives a restart. */
export interface Progress {
  phase: 'tree' | 'archive' | 'done';
  /** The last index entry that was verified. */
  dirKey: Buffer;
  pathKey: Buffer;
  /** The last archived content that was verified. */
  sha256: Buffer;
  /** Bytes read in this round. */
  bytes: number;
  /** Unix ms: start of the current or last round. */
  started: number;
  /** Unix ms: end of the last completed round. */
  ended?: number;
  /** What was found damaged, ever. */
  found: number;
}

const KEY = Buffer.alloc(16);
const HASH = Buffer.alloc(32);

/** A round that is about to start. */
export const newRound = (started: number): Omit<Progress, 'ended' | 'found'> => ({
  phase: 'tree',
  dirKey: KEY,
  pathKey: KEY,
  sha256: HASH,
  bytes: 0,
  started,
});

export async function loadProgress(db: Sql): Promise<Map<string, Progress>> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT * FROM local.verified');
  return new Map(
    rows.map((row) => [
      text(row.folder),
      {
        phase: row.phase,
        dirKey: row.dir_key,
        pathKey: row.path_key,
        sha256: row.sha256,
        bytes: Number(row.bytes),
        started: Number(row.started),
        ...(row.ended !== null && { ended: Number(row.ended) }),
        found: Number(row.found),
      },
    ]),
  );
}

/** Starts a round, or records when the last one started. Findings are counted separately, and kept. */
export async function saveRound(db: Sql, folder: string, progress: Omit<Progress, 'found'>): Promise<void> {
  const { phase, dirKey, pathKey, sha256, bytes, started, ended } = progress;
  await db.query(
    `INSERT INTO local.verified (folder, phase, dir_key, path_key, sha256, bytes, started, ended, found) VALUES (?, 0)
       ON DUPLICATE KEY UPDATE phase = VALUES(phase), dir_key = VALUES(dir_key), path_key = VALUES(path_key), sha256 = VALUES(sha256),
         bytes = VALUES(bytes), started = VALUES(started), ended = VALUES(ended)`,
    [[folder, phase, dirKey, pathKey, sha256, bytes, started, ended ?? null]],
  );
}

/**
 * Records the progress of a round.
 * @returns false when another round over the folder was started meanwhile: that one counts
 */
export async function advance(db: Sql, folder: string, progress: Omit<Progress, 'found'>): Promise<boolean> {
  const { phase, dirKey, pathKey, sha256, bytes, started, ended } = progress;
  const result = await db.query(
    `UPDATE local.verified SET phase = ?, dir_key = ?, path_key = ?, sha256 = ?, bytes = ?, ended = ?
      WHERE folder = ? AND started = ?`,
    [phase, dirKey, pathKey, sha256, bytes, ended ?? null, folder, started],
  );
  return affected(result[0]) > 0;
}

/** Bytes that a round over the folder reads. */
export async function bytesOf(db: Sql, folder: string): Promise<number> {
  const [[row]] = await db.query<RowDataPacket[]>(
    `SELECT (SELECT COALESCE(SUM(size), 0) FROM local.\`index\` WHERE folder = ? AND kind = 'file')
          + (SELECT COALESCE(SUM(size), 0) FROM local.archived WHERE folder = ?) AS bytes`,
    [folder, folder],
  );
  return Number(row!.bytes);
}
