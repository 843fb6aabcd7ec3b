import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath, outermost } from '../../base/bytes.ts';
import type { Deleted } from '../../web/contract/change.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Site } from '../site/site.ts';
import { type IndexEntry, isUnversioned, loadIndex } from '../store/index-entry.ts';
import { inBatches, indexBelow } from '../store/index-tree.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { journal, refusal, writable } from './changes.ts';
import { edit } from './edit.ts';

/** Maximum number of paths in the answer, for undo. */
const TOLD = 10_000;

/**
 * Deletes paths, and directories with everything in them. Everything is in the archive, so restoring the returned versions,
 * parents first, undoes it. What the index does not know is never deleted: then its parents stay too.
 */
export async function remove(
  site: Site,
  name: string,
  paths: BytePath[],
  versions: string[] | undefined,
  author: string,
): Promise<Deleted> {
  const folder = await writable(site, name);
  const refs = paths.map((path) => refOf(name, path));
  const index = await loadIndex(site.store.db, refs);
  const named = refs.map((ref, i) => seenEntry(ref, index.get(ref.id), versions?.[i]));
  const entries = new Map(named.map((entry) => [entry.ref.path, entry]));
  const chosen = outermost(paths).map((path) => entries.get(path)!);
  let deleted: Deleted['deleted'] = [];
  let more = false;
  for await (const part of inBatches(withInner(site, chosen))) {
    await removeSome(site, folder, part, author);
    for (const entry of part)
      if (!isUnversioned(entry)) deleted.push({ path: encodeApiPath(entry.ref.path), version: formatId(entry) });
    more ||= deleted.length > TOLD;
    deleted = deleted.slice(-TOLD);
  }
  return { deleted: deleted.toReversed(), more };
}

/** The index entry of a path, if it is what the user saw. Throws Refused. */
export function seenEntry(ref: PathRef, entry: IndexEntry | undefined, version: string | undefined): IndexEntry {
  if (!entry) throw refuse('gone', { name: displayPath(ref.path) });
  if (version !== undefined && formatId(entry) !== version) throw refuse('changed', { name: displayPath(ref.path) });
  return entry;
}

/** Deepest first. */
async function* withInner(site: Site, named: IndexEntry[]): AsyncGenerator<IndexEntry> {
  for (const entry of named) {
    if (entry.kind === 'dir') yield* indexBelow(site.store.db, entry.ref.folder, entry.ref.path);
    yield entry;
  }
}

/** Removes what is indexed at these paths, in order. Throws Refused at the first that does not match the index. */
export async function removeSome(site: Site, folder: OpenFolder, entries: IndexEntry[], author: string): Promise<void> {
  const wanted = { kind: 'deleted' } as const;
  const edits = entries.map((index) => ({ ref: index.ref, index, wanted }));
  for (const { ref } of edits) site.store.authors.claim(ref, author);
  const refused = await site.store.lock(() => edit(site, folder, edits));
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
