import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, pathProblem } from '../../base/bytes.ts';
import { safeTime } from '../../base/numbers.ts';
import { formatId, type Kind, MAX_SEQ, parseId, type Version, type VersionId } from '../versions/version.ts';

/** Columns of `version` in the order of {@link versionRow}. */
export const VERSION_COLUMNS =
  'seq, folder, path, path_key, kind, size, mtime_ns, mode, sha256, target, base_origin, base_seq, merges, clock, author, detected_at';

const KINDS: ReadonlySet<string> = new Set<Kind>(['file', 'dir', 'symlink', 'deleted']);
const MAX_CLOCK = 2 ** 50;
/** The maximum on Linux. */
const MAX_TARGET = 4095;

export const blob = (path: BytePath): Buffer => Buffer.from(path, 'latin1');
export const text = (value: Buffer | string): BytePath =>
  typeof value === 'string' ? value : value.toString('latin1');

/** The bits of the column `mode` above a mode's own: agents before them ignore them. */
const SPARSITY_SHIFT = 12;

/** The column `mode`: the mode, and how sparse the file is. */
export const packMode = ({ mode, sparsity = 0 }: Pick<Version, 'mode' | 'sparsity'>): number =>
  (mode & 0o7777) | (sparsity << SPARSITY_SHIFT);

/** What the column `mode` says. */
export function readMode(packed: number): Pick<Version, 'mode' | 'sparsity'> {
  const sparsity = (packed >> SPARSITY_SHIFT) & 0xf;
  return { mode: packed & 0o7777, ...(sparsity > 0 && { sparsity }) };
}

export function versionRow(v: Version, pathKey: Buffer): unknown[] {
  return [
    v.seq,
    v.folder,
    blob(v.path),
    pathKey,
    v.kind,
    v.size,
    String(v.mtimeNs),
    packMode(v),
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
 * Reads a version from a row of `site_<origin>.version`. Rows of other sites are untrusted: for a row that breaks a
 * rule the reason is returned, and it must be skipped, never used in part.
 */
export function readVersion(origin: string, row: RowDataPacket): Version | string {
  const path = text(row.path);
  const kind: string = row.kind;
  const problem = pathProblem(path);
  if (problem) return `the path ${problem}`;
  if (!KINDS.has(kind)) return `unknown kind "${kind}"`;
  const clock = Number(row.clock);
  if (!(clock > 0 && clock < MAX_CLOCK)) return `impossible clock ${row.clock}`;
  const seq = Number(row.seq);
  if (!(seq > 0 && seq <= MAX_SEQ)) return `impossible number ${row.seq}`;
  const size = kind === 'file' ? Number(row.size) : 0;
  if (!Number.isSafeInteger(size) || size < 0) return `impossible size ${row.size}`;
  const hasHash = kind === 'file' || kind === 'symlink';
  if (hasHash && row.sha256 === null) return `a ${kind} without a hash`;
  const target = kind === 'symlink' ? text(row.target ?? '') : undefined;
  const badTarget = target === undefined ? undefined : targetProblem(target);
  if (badTarget) return `a symlink target that ${badTarget}`;
  const base = row.base_origin === null ? undefined : parseId(`${text(row.base_origin)}.${row.base_seq}`);
  if (row.base_origin !== null && !base) return 'a base that is no version';
  return {
    origin,
    seq,
    folder: text(row.folder),
    path,
    kind: kind as Kind,
    size,
    mtimeNs: BigInt(row.mtime_ns),
    ...readMode(Number(row.mode)),
    ...(hasHash && { sha256: row.sha256 as Buffer }),
    ...(target !== undefined && { target }),
    ...(base ? { base } : {}),
    merges: readIds(row.merges),
    clock,
    author: text(row.author),
    detectedAt: safeTime(row.detected_at),
  };
}

/** Why no symlink can have this target; undefined when one can. */
function targetProblem(target: BytePath): string | undefined {
  if (target === '') return 'is empty';
  if (target.length > MAX_TARGET) return `is longer than ${MAX_TARGET} bytes`;
  return target.includes('\0') ? 'has a NUL byte' : undefined;
}

function readIds(value: Buffer | null): VersionId[] {
  if (value === null) return [];
  return text(value)
    .split(' ')
    .map(parseId)
    .filter((id): id is VersionId => id !== undefined);
}

/** From rows of `folder, n`. */
export const countsByFolder = (rows: RowDataPacket[]): Map<string, number> =>
  new Map(rows.map((row) => [text(row.folder), Number(row.n)]));
