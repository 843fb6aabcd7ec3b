import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import type { Refused } from '../../base/refused.ts';
import type { Changed } from '../../web/contract/change.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { Resolution } from '../../web/routes/page.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { discard } from '../fs/staging.ts';
import { settle } from '../journal/settle.ts';
import type { Site } from '../site/site.ts';
import { losersKeptAt } from '../store/conflict.ts';
import { loadFamilies } from '../store/family.ts';
import { loadHeads } from '../store/head.ts';
import { type IndexEntry, isUnversioned, loadIndex } from '../store/index-entry.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { findContent } from '../transfer/local-content.ts';
import { formatId, sameId, type VersionId } from '../versions/version.ts';
import { journal, refusal, writable } from './changes.ts';
import { edit } from './edit.ts';
import { removeSome, seenEntry } from './remove.ts';

/**
 * Resolves a conflict in the user's name: the file stays, or becomes what is kept beside it, or both stay. The journal
 * records that, so every office knows. What does not stay is in the archive and in the history. Throws Refused.
 */
export async function resolve(
  site: Site,
  name: string,
  { path, copy, copyVersion, keep }: Resolution,
  author: string,
): Promise<Changed> {
  const folder = await writable(site, name);
  const [ref, copyRef] = [refOf(name, path), refOf(name, copy)];
  const index = await loadIndex(site.store.db, [ref, copyRef]);
  const loser = seenEntry(copyRef, index.get(copyRef.id), copyVersion);
  await mustBeHere(site, ref, index.get(ref.id));
  if (keep === 'loser') await replace(site, folder, ref, index.get(ref.id), loser, author);
  const losing = keep === 'both' ? await losingOf(site, ref, copy) : undefined;
  // Before the copy is removed: then no office resolves it a second time.
  if (!(await settle(site, ref, author, losing))) throw onItsWay(site, path);
  if (keep !== 'both') await removeSome(site, folder, [loser], author);
  const now = (await loadIndex(site.store.db, [ref])).get(ref.id);
  return { path: encodeApiPath(path), version: now && !isUnversioned(now) ? formatId(now) : null };
}

/** The user must have seen the file that they decide about. */
async function mustBeHere(site: Site, ref: PathRef, index: IndexEntry | undefined): Promise<void> {
  const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
  const isHere = head === undefined || head.kind === 'deleted' ? index === undefined : sameId(head, index);
  if (!isHere) throw onItsWay(site, ref.path);
}

function onItsWay({ plan }: Site, path: BytePath): Refused {
  return refuse('onItsWay', { name: displayPath(path), site: plan.site });
}

/** Gives a file the content of another one. */
async function replace(
  site: Site,
  folder: OpenFolder,
  ref: PathRef,
  index: IndexEntry | undefined,
  other: IndexEntry,
  author: string,
): Promise<void> {
  const content = other.kind === 'file' && other.sha256 && (await findContent(site.store.db, folder, other.sha256));
  if (!content) throw refuse('notReadable', { name: displayPath(other.ref.path) });
  const { size, mtimeNs, mode, sha256 } = other;
  const wanted = { kind: 'file', staged: content, size, mtimeNs, mode, sha256: sha256! } as const;
  try {
    const refused = await site.store.lock(() => edit(site, folder, [{ ref, index, wanted }]));
    const why = refused.get(ref.id);
    if (why) throw refusal(why, ref.path);
  } finally {
    discard(folder, content);
  }
  await journal(site, folder, [ref], author);
}

/** The edit that is kept as this copy, according to the site where it lost. */
async function losingOf(site: Site, ref: PathRef, copy: BytePath): Promise<VersionId | undefined> {
  const names = site.plan.sites.map(({ name }) => name);
  const ids = await losersKeptAt(site.store.db, names, copy);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  return ids.find((id) => family.some((version) => sameId(version, id)));
}
