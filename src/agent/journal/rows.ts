import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, pathProblem } from '../../base/bytes.ts';
import { formatId, type Kind, parseId, type Version, type VersionId } from './version.ts';

/** Columns of `version` in the order of {@link versionRow}. */
export const VERSION_COLUMNS =
  'seq, folder, path, path_key, kind, size, mtime_ns, mode, sha256, target, base_origin, base_seq, merges, clock, author, detected_at';

const KINDS: ReadonlySet<string> = new Set<Kind>(['file', 'dir', 'symlink', 'deleted']);
const MAX_CLOCK = 2 ** 50;

export const blob = (path: BytePath): Buffer => Buffer.from(path, 'latin1');
export const text = (value: Buffer | string): BytePath =>
  typeof value === 'string' ? value : value.toString('latin1');

export function versionRow(v: Version, pathKey: Buffer): unknown[] {
  return [
    v.seq,
    v.folder,
    blob(v.path),
    pathKey,
    v.kind,
    v.size,
    String(v.mtimeNs),
    v.mode,
    v.sha256 ?? null,
    v.target === undefined ? null : blob(v.target),
    v.base?.origin ?? null,
    v.base?.seq ?? null,
    v.merges.length ? v.merges.map(formatId).join(' ') : null,
    v.clock,
    v.author,
    v.detectedAt,
  ];
}

/**
 * A version from a row of `site_<origin>.version`. Rows of other sites are input from a stranger: a row that breaks a
 * rule is returned as a reason in words and must be skipped, never half-used.
 */
export function readVersion(origin: string, row: RowDataPacket): Version | string {
  const path = text(row.path);
  const kind: string = row.kind;
  const problem = pathProblem(path);
  if (problem) return `the path ${problem}`;
  if (!KINDS.has(kind)) return `unknown kind "${kind}"`;
  const clock = Number(row.clock);
  if (!(clock > 0 && clock < MAX_CLOCK)) return `impossible clock ${row.clock}`;
  if (kind === 'file' && row.sha256 === null) return 'a file without a hash';
  if (kind === 'symlink' && row.target === null) return 'a symlink without a target';
  if (kind === 'symlink' && text(row.target).includes('\0')) return 'a symlink target with a NUL byte';
  const base = row.base_origin === null ? undefined : { origin: text(row.base_origin), seq: Number(row.base_seq) };
  return {
    origin,
    seq: Number(row.seq),
    folder: text(row.folder),
    path,
    kind: kind as Kind,
    size: kind === 'file' ? Number(row.size) : 0,
    mtimeNs: BigInt(row.mtime_ns),
    mode: Number(row.mode) & 0o7777,
    ...(row.sha256 === null ? {} : { sha256: row.sha256 as Buffer }),
    ...(row.target === null ? {} : { target: text(row.target) }),
    ...(base ? { base } : {}),
    merges: readIds(row.merges),
    clock,
    author: text(row.author),
    detectedAt: Number(row.detected_at),
  };
}

function readIds(value: Buffer | null): VersionId[] {
  if (value === null) return [];
  return text(value)
    .split(' ')
    .map(parseId)
    .filter((id): id is VersionId => id !== undefined);
}
