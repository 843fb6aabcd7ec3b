import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, baseName, parentOf } from '../../base/bytes.ts';
import { deletedAt, lastBeforeDeletion, winnersAt } from '../queries/version-at.ts';
import type { SiteView } from '../site/site.ts';
import { type Head, loadHeads, readHead } from '../store/head.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { sameContent, type Version } from '../versions/version.ts';

/** What a user wants to restore. */
export interface Wanted {
  folder: string;
  /** A file, a directory with everything below it, or '' for the whole folder. */
  path: BytePath;
  /** Unix ms: the state at this time. Without it, with `deleted`, the state before the deletion. */
  asOf?: number;
  /** Only what is deleted now. */
  deleted: boolean;
  /** With `deleted`: only what was deleted with the path, or at most this much earlier. */
  togetherMs?: number;
  /** A directory in the same folder to restore into, beside what is there now. */
  to?: BytePath;
}

/** A path to restore, because its current state differs. */
export interface Restorable {
  /** Where to restore it. */
  ref: PathRef;
  version: Pick<Version, 'origin' | 'seq' | 'kind' | 'size' | 'mtimeNs' | 'mode' | 'sha256' | 'target'>;
  /** Something else is there now: it goes to the archive. */
  replaces: boolean;
}

/** Paths per batch, held in memory and placed together. */
const BATCH = 200;

/**
 * What must be restored, in batches, every directory before its contents. Each directory is a range of the heads, which
 * include every path that was ever known: neither the journal nor the tree is read as a whole.
 */
export async function* restorables(site: SiteView, wanted: Wanted): AsyncGenerator<Restorable[]> {
  const { folder, path, togetherMs } = wanted;
  const gone = togetherMs === undefined ? undefined : await deletedAt(site, refOf(folder, path));
  const since = gone === undefined ? undefined : gone - (togetherMs ?? 0);
  const ask = (refs: PathRef[]) =>
    wanted.asOf === undefined ? lastBeforeDeletion(site, refs, since) : winnersAt(site, refs, wanted.asOf);
  if (wanted.to !== undefined) yield* directoriesTo(site, folder, wanted.to);
  const waiting: BytePath[] = [];
  if (path === '') waiting.push('');
  else {
    const ref = refOf(folder, path);
    const versions = await ask([ref]);
    yield await differing(site, wanted, [ref], versions);
    if (mayHold(wanted, versions.get(ref.id), (await loadHeads(site.store.db, [ref])).get(ref.id))) waiting.push(path);
  }
  for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
    for await (const heads of entriesOf(site, folder, dir)) {
      const refs = heads.map(({ ref }) => ref);
      const versions = await ask(refs);
      const found = await differing(site, wanted, refs, versions);
      if (found.length > 0) yield found;
      for (const head of heads) if (mayHold(wanted, versions.get(head.ref.id), head)) waiting.push(head.ref.path);
    }
  }
}

/** Whether something to be restored may be below a path: it was a directory then, or, for deleted content, it is one now. */
function mayHold({ asOf }: Wanted, version: Restorable['version'] | undefined, head: Head | undefined): boolean {
  return version?.kind === 'dir' || (asOf === undefined && head?.kind === 'dir');
}

/** The heads of a directory's entries, deletions included. */
async function* entriesOf(site: SiteView, folder: string, dir: BytePath): AsyncGenerator<Head[]> {
  const { pathKey } = refOf(folder, dir);
  for (let last = Buffer.alloc(0), more = true; more; ) {
    const result = await site.store.db.query<RowDataPacket[]>(
      "SELECT * FROM local.head WHERE dir_key = ? AND path > ? AND path <> '' ORDER BY path LIMIT ?",
      [pathKey, last, BATCH],
    );
    const heads: Head[] = result[0].map(readHead);
    if (heads.length > 0) yield heads;
    last = result[0].at(-1)?.path;
    more = heads.length === BATCH;
  }
}

async function differing(
  site: SiteView,
  wanted: Wanted,
  refs: PathRef[],
  versions: Map<string, Version>,
): Promise<Restorable[]> {
  const places = new Map(refs.map((ref) => [ref.id, placeOf(wanted, ref)]));
  const heads = await loadHeads(site.store.db, [...places.values()]);
  const origins = wanted.to === undefined ? heads : await loadHeads(site.store.db, refs);
  return refs.flatMap((ref) => {
    const version = versions.get(ref.id);
    const place = places.get(ref.id)!;
    const head = heads.get(place.id);
    if (!version || version.kind === 'deleted') return [];
    if (wanted.deleted && origins.get(ref.id)?.kind !== 'deleted') return [];
    const isThere = head !== undefined && head.kind !== 'deleted';
    if (isThere && sameContent(head, version)) return [];
    return [{ ref: place, version, replaces: isThere }];
  });
}

/** Where to restore a path: in place, or below the other directory under the name of what is restored. */
function placeOf({ folder, path, to }: Wanted, ref: PathRef): PathRef {
  if (to === undefined) return ref;
  const parent = path === '' ? '' : parentOf(path);
  const rest = parent === '' ? ref.path : ref.path.slice(parent.length + 1);
  return refOf(folder, rest === '' ? `${to}/${baseName(path)}` : `${to}/${rest}`);
}

/** The missing directories on the way to the target. */
async function* directoriesTo(site: SiteView, folder: string, to: BytePath): AsyncGenerator<Restorable[]> {
  const dirs: BytePath[] = [];
  for (let dir = to; dir !== ''; dir = parentOf(dir)) dirs.unshift(dir);
  const refs = dirs.map((dir) => refOf(folder, dir));
  const heads = await loadHeads(site.store.db, refs);
  const made = { origin: '', seq: 0, kind: 'dir' as const, size: 0, mtimeNs: 0n, mode: 0o755 };
  const missing = refs.filter((ref) => heads.get(ref.id)?.kind !== 'dir');
  if (missing.length > 0)
    yield missing.map((ref) => ({
      ref,
      version: made,
      replaces: (heads.get(ref.id)?.kind ?? 'deleted') !== 'deleted',
    }));
}
