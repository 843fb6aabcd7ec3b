import type { RowDataPacket } from 'mysql2/promise';
import type { Kind, VersionId } from '../versions/version.ts';
import type { Head } from './head.ts';
import { readRef } from './path-ref.ts';
import { blob, countsByFolder, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/**
 * A change of one path that is about to be made. It is durable before the tree is touched. The index describes the old
 * state until the transaction that records the new one, which also ends the intent. So after a stop at any moment
 * intent, index and disk together tell what has happened: see recover.ts.
 */
export interface Intent {
  /**
   * Name in staging of the new content. Once it is exchanged with what was there, the old content has this name; for a
   * deletion only the old content ever has it.
   */
  staged: string;
  /** The new state of the path. Its `origin` is empty for a change in a user's name, which no version describes yet. */
  head: Head;
  /** Inode of the new content; undefined when there is none. */
  ino?: bigint | undefined;
  /** The version that is replaced, if it is a file. */
  was?: Replaced;
  losing?: Losing;
}

interface Replaced extends VersionId {
  sha256: Buffer;
  size: number;
}

/**
 * Set when what is on disk lost to the head and is not its ancestor; it is kept beside it. Without `id` it never was a
 * version.
 */
export interface Losing {
  id?: VersionId;
  /** Unix ms. */
  detectedAt: number;
}

const COLUMNS =
  'staged, folder, path, dir_key, path_key, origin, seq, kind, size, mtime_ns, mode, sha256, target, ino, was_sha256, was_size, was_origin, was_seq, losing_origin, losing_seq, losing_at';

export async function saveIntents(db: Sql, intents: Intent[]): Promise<void> {
  for (const part of chunks(intents)) {
    await db.query(`INSERT INTO local.intent (${COLUMNS}) VALUES ?`, [
      part.map(({ staged, head, ino, was, losing }) => [
        staged,
        head.ref.folder,
        blob(head.ref.path),
        head.ref.dirKey,
        head.ref.pathKey,
        head.origin,
        head.seq,
        head.kind,
        head.size,
        String(head.mtimeNs),
        head.mode,
        head.sha256 ?? null,
        head.target === undefined ? null : blob(head.target),
        ino === undefined ? null : String(ino),
        was?.sha256 ?? null,
        was?.size ?? null,
        was?.origin ?? null,
        was?.seq ?? null,
        losing?.id?.origin ?? null,
        losing?.id?.seq ?? null,
        losing?.detectedAt ?? null,
      ]),
    ]);
  }
}

/** Open intents, in no order; with `kept`, those whose replaced content may still be written to. */
export async function loadIntents(db: Sql, folder: string, kept: boolean): Promise<Intent[]> {
  const [rows] = await db.query<RowDataPacket[]>(`SELECT ${COLUMNS} FROM local.intent WHERE folder = ? AND kept = ?`, [
    folder,
    kept ? 1 : 0,
  ]);
  return rows.map(readIntent);
}

export async function hasOpenIntents(db: Sql, folder: string): Promise<boolean> {
  const [rows] = await db.query<RowDataPacket[]>('SELECT 1 FROM local.intent WHERE folder = ? AND kept = 0 LIMIT 1', [
    folder,
  ]);
  return rows.length > 0;
}

export async function dropIntents(db: Sql, names: string[]): Promise<void> {
  for (const part of chunks(names)) await db.query('DELETE FROM local.intent WHERE staged IN (?)', [part]);
}

/** Marks intents as completed while their replaced content may still be written to. */
export async function keepIntents(db: Sql, names: string[]): Promise<void> {
  for (const part of chunks(names)) await db.query('UPDATE local.intent SET kept = 1 WHERE staged IN (?)', [part]);
}

function readIntent(row: RowDataPacket): Intent {
  const losing = row.losing_at === null ? undefined : readLosing(row);
  return {
    staged: text(row.staged),
    head: {
      ref: readRef(row),
      origin: text(row.origin),
      seq: Number(row.seq),
      kind: row.kind as Kind,
      size: Number(row.size),
      mtimeNs: BigInt(row.mtime_ns),
      mode: row.mode,
      clock: 0,
      rivals: 0,
      ...(row.sha256 && { sha256: row.sha256 as Buffer }),
      ...(row.target !== null && { target: text(row.target) }),
    },
    ...(row.ino !== null && { ino: BigInt(row.ino) }),
    ...(row.was_sha256 && { was: readReplaced(row) }),
    ...(losing && { losing }),
  };
}

function readReplaced(row: RowDataPacket): Replaced {
  return {
    sha256: row.was_sha256,
    size: Number(row.was_size),
    origin: text(row.was_origin),
    seq: Number(row.was_seq),
  };
}

function readLosing(row: RowDataPacket): Losing {
  const detectedAt = Number(row.losing_at);
  if (row.losing_origin === null) return { detectedAt };
  return { id: { origin: text(row.losing_origin), seq: Number(row.losing_seq) }, detectedAt };
}

/**
 * How many changes of each folder's tree are not completed. Replaced files that may still be written to do not count.
 */
export async function openIntentsByFolder(db: Sql): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT folder, COUNT(*) AS n FROM local.intent WHERE kept = 0 GROUP BY folder',
  );
  return countsByFolder(rows);
}
