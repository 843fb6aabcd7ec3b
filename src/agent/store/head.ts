import type { RowDataPacket } from 'mysql2/promise';
import type { BytePath } from '../../base/bytes.ts';
import type { Kind, VersionId } from '../versions/version.ts';
import { type PathRef, readRef, selectPaths } from './path-ref.ts';
import { blob, packMode, readMode, text } from './rows.ts';
import { chunks, type Sql } from './sql.ts';

/** The winning version of a path, as stored in the table `head`. */
export interface Head extends VersionId {
  ref: PathRef;
  kind: Kind;
  size: number;
  mtimeNs: bigint;
  mode: number;
  sha256?: Buffer;
  /** Of a file with holes: fs/sparse.ts. */
  sparsity?: number;
  target?: BytePath;
  clock: number;
  /** Number of other heads. */
  rivals: number;
}

export function headFrom(ref: PathRef, v: Omit<Head, 'ref' | 'rivals'>, rivals: number): Head {
  const { origin, seq, kind, size, mtimeNs, mode, sha256, sparsity, target, clock } = v;
  return {
    ref,
    origin,
    seq,
    kind,
    size,
    mtimeNs,
    mode,
    clock,
    rivals,
    ...(sha256 && { sha256 }),
    ...(sparsity !== undefined && { sparsity }),
    ...(target !== undefined && { target }),
  };
}

export async function loadHeads(db: Sql, refs: PathRef[]): Promise<Map<string, Head>> {
  const rows = await selectPaths(db, 'head', refs);
  return new Map(rows.map((row) => readHead(row)).map((head) => [head.ref.id, head]));
}

export function readHead(row: RowDataPacket): Head {
  return {
    ref: readRef(row),
    origin: text(row.origin),
    seq: Number(row.seq),
    kind: row.kind,
    size: Number(row.size),
    mtimeNs: BigInt(row.mtime_ns),
    ...readMode(row.mode),
    clock: Number(row.clock),
    rivals: row.rivals,
    ...(row.sha256 && { sha256: row.sha256 }),
    ...(row.target !== null && { target: text(row.target) }),
  };
}

export async function saveHeads(db: Sql, heads: Head[]): Promise<void> {
  for (const part of chunks(heads)) {
    await db.query(
      `REPLACE INTO local.head (dir_key, path_key, folder, path, origin, seq, kind, size, mtime_ns, mode, sha256, target, clock, rivals) VALUES ?`,
      [
        part.map((h) => [
          h.ref.dirKey,
          h.ref.pathKey,
          h.ref.folder,
          blob(h.ref.path),
          h.origin,
          h.seq,
          h.kind,
          h.size,
          String(h.mtimeNs),
          packMode(h),
          h.sha256 ?? null,
          h.target === undefined ? null : blob(h.target),
          h.clock,
          h.rivals,
        ]),
      ],
    );
  }
}
