import type { BytePath } from '../../base/bytes.ts';

/** Identifies a version: the site that made it and its sequence number there. Written `origin.seq`. */
export interface VersionId {
  origin: string;
  seq: number;
}

export type Kind = 'file' | 'dir' | 'symlink' | 'deleted';

/** What there is at one path. */
export interface Content {
  folder: string;
  path: BytePath;
  kind: Kind;
  /** Bytes of content; 0 unless a file. */
  size: number;
  mtimeNs: bigint;
  /** Permission bits, 0 … 0o7777. */
  mode: number;
  /** Of a file's content or of a symlink's target; absent for directories and deletions. */
  sha256?: Buffer;
  /** How sparse a file with holes is, 1 to 15 (fs/sparse.ts): a hint for transfers, not part of the content. */
  sparsity?: number;
  /** A symlink's target, as raw bytes. */
  target?: BytePath;
}

/** One recorded state of one path, made at one origin; immutable. A row of `site_<origin>.version`. */
export interface Version extends VersionId, Content {
  /** The version it was edited from: what its author had on disk. */
  base?: VersionId;
  /** Losing heads of the path that its author had seen resolved; they are its ancestors too. */
  merges: VersionId[];
  /** Lamport clock: above that of every version its origin knew. */
  clock: number;
  author: string;
  /** Unix ms at the origin. For display; never decides anything. */
  detectedAt: number;
}

export function sameId(a: VersionId | undefined, b: VersionId | undefined): boolean {
  return a !== undefined && b !== undefined && a.seq === b.seq && a.origin === b.origin;
}

export function formatId(id: VersionId): string {
  return `${id.origin}.${id.seq}`;
}

/** No site numbers its versions beyond this; a row that does is invalid. */
export const MAX_SEQ = 999_999_999_999_999;

/** Undefined when the text is not an `origin.seq`. */
export function parseId(text: string): VersionId | undefined {
  const match = /^([a-z0-9-]+)\.(\d{1,15})$/.exec(text);
  return match ? { origin: match[1]!, seq: Number(match[2]) } : undefined;
}

/** Same kind and content, whatever its times and mode: nothing has to be transferred or kept twice. */
export function sameContent(a: Pick<Version, 'kind' | 'sha256'>, b: Pick<Version, 'kind' | 'sha256'>): boolean {
  if (a.kind !== b.kind) return false;
  if (a.sha256 === undefined || b.sha256 === undefined) return a.sha256 === b.sha256;
  return a.sha256.equals(b.sha256);
}
