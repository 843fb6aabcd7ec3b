import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath, parentOf } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { Changed, Deleted } from '../../web/contract/change.ts';
import type { Resolution } from '../../web/page.ts';
import type { OpenFolder } from '../apply/folder.ts';
import { discard } from '../apply/place.ts';
import { inBatches, indexBelow } from '../journal/index-tree.ts';
import { type IndexEntry, isBorrowed, loadIndex, type PathRef, refOf } from '../journal/store.ts';
import { formatId } from '../journal/version.ts';
import type { Site } from '../site.ts';
import { findContent } from '../transfer/local-content.ts';
import { journal, refusal, writable } from './changes.ts';
import { edit } from './put.ts';

/** Paths named in the answer, for undo. */
const TOLD = 10_000;

/**
 * Deletes paths, of directories all that is in them. Everything is in the archive, so that restoring the versions that are
 * returned, parents first, undoes it. What the index does not know is never deleted: then the rest of it stays as well.
 */
export async function remove(
  site: Site,
  name: string,
  paths: BytePath[],
  versions: string[] | undefined,
  author: string,
): Promise<Deleted> {
  const folder = writable(site, name);
  const refs = paths.map((path) => refOf(name, path));
  const index = await loadIndex(site.db, refs);
  const named = refs.map((ref, i) => seenEntry(ref, index.get(ref.id), versions?.[i]));
  let deleted: Deleted['deleted'] = [];
  let more = false;
  for await (const part of inBatches(withInner(site, outermost(named)))) {
    await removeSome(site, folder, part, author);
    for (const entry of part)
      if (!isBorrowed(entry)) deleted.push({ path: encodeApiPath(entry.ref.path), version: formatId(entry) });
    more ||= deleted.length > TOLD;
    deleted = deleted.slice(-TOLD);
  }
  return { deleted: deleted.toReversed(), more };
}

function seenEntry(ref: PathRef, entry: IndexEntry | undefined, version: string | undefined): IndexEntry {
  if (!entry) throw new Refused(`"${displayPath(ref.path)}" is not there any more`, 404);
  if (version !== undefined && formatId(entry) !== version)
    throw new Refused(`"${displayPath(ref.path)}" was changed meanwhile: look at it first`, 412);
  return entry;
}

/** Without those that lie in another one's directory, and each once. */
function outermost(named: IndexEntry[]): IndexEntry[] {
  const entries = new Map(named.map((entry) => [entry.ref.path, entry]));
  return [...entries.values()].filter(({ ref }) => {
    for (let dir = parentOf(ref.path); dir !== ''; dir = parentOf(dir)) if (entries.has(dir)) return false;
    return true;
  });
}

/** Deepest first. */
async function* withInner(site: Site, named: IndexEntry[]): AsyncGenerator<IndexEntry> {
  for (const entry of named) {
    if (entry.kind === 'dir') yield* indexBelow(site.db, entry.ref.folder, entry.ref.path);
    yield entry;
  }
}

async function removeSome(site: Site, folder: OpenFolder, entries: IndexEntry[], author: string): Promise<void> {
  const wanted = { kind: 'deleted' } as const;
  const edits = entries.map((index) => ({ ref: index.ref, index, wanted }));
  for (const { ref } of edits) site.authors.claim(ref, author);
  const refused = await site.lock(() => edit(site, folder, edits));
  const done = entries.filter(({ ref }) => !refused.has(ref.id));
  if (done.length > 0) {
    await journal(
      site,
      folder,
      done.map(({ ref }) => ref),
      author,
    );
  }
  const first = entries.find(({ ref }) => refused.has(ref.id));
  if (first) throw refusal(refused.get(first.ref.id)!, first.ref.path);
}

/** Settles a conflict: one of the two stays at the path, the other in the archive. */
export async function resolve(
  site: Site,
  name: string,
  { path, copy, copyVersion, keep }: Resolution,
  author: string,
): Promise<Changed> {
  const folder = writable(site, name);
  const [ref, copyRef] = [refOf(name, path), refOf(name, copy)];
  const index = await loadIndex(site.db, [ref, copyRef]);
  const loser = seenEntry(copyRef, index.get(copyRef.id), copyVersion);
  let result: Changed = { path: encodeApiPath(path), version: null };
  if (keep === 'loser') {
    const content = loser.kind === 'file' && loser.sha256 && (await findContent(site.db, folder, loser.sha256));
    if (!content) throw new Refused(`"${displayPath(copy)}" cannot be read as it was: look at it first`, 409);
    const { size, mtimeNs, mode, sha256 } = loser;
    const wanted = { kind: 'file', staged: content, size, mtimeNs, mode, sha256: sha256! } as const;
    try {
      const refused = await site.lock(() => edit(site, folder, [{ ref, index: index.get(ref.id), wanted }]));
      const why = refused.get(ref.id);
      if (why) throw refusal(why, path);
    } finally {
      discard(content);
    }
    result = await journal(site, folder, [ref], author);
  }
  await removeSome(site, folder, [loser], author);
  return result;
}
