import type { RowDataPacket } from 'mysql2/promise';
import { transaction } from '../../database/transaction.ts';
import type { Site } from '../site/site.ts';
import { type Head, loadHeads, readHead } from '../store/head.ts';
import { contentOf, type IndexEntry, isUnversioned, loadIndex, saveIndex, UNVERSIONED } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { addPending, dropPending } from '../store/pending.ts';
import { chunks } from '../store/sql.ts';
import type { Version } from '../versions/version.ts';
import { moveDirectoriesAside } from './directory-aside.ts';
import { journalOwn } from './own.ts';
import { holdsOnlyUnshared } from './unshared.ts';

/** A directory whose entries are deleted a moment later is not in the way. */
const ATTEMPTS = 3;

/**
 * Settles directories on this disk that cannot become what their head says, because they contain something that nobody
 * deleted. Takes the site's lock.
 */
export function settleNotEmpty(site: Site, refs: PathRef[]): Promise<void> {
  return site.store.lock(async () => {
    const tried = await triedLongEnough(site, refs);
    const settled = new Set([...(await leaveRemains(site, tried)), ...(await moveDirectoriesAside(site, tried))]);
    await keepDirectories(
      site,
      tried.filter(({ id }) => !settled.has(id)),
    );
  });
}

/**
 * Keeps what remains of a directory that another office deleted if everything in it exists on this disk only, such as
 * ignored files: it stays here unversioned, and nobody waits for it. Once empty it is removed: its removal is wanted
 * again when the folder is opened, and by {@link retryRemains}. Returns the ids of the settled paths.
 */
async function leaveRemains(site: Site, refs: PathRef[]): Promise<Set<string>> {
  const [index, heads] = [await loadIndex(site.store.db, refs), await loadHeads(site.store.db, refs)];
  const left: IndexEntry[] = [];
  for (const ref of refs) {
    const [folder, entry] = [site.folders.get(ref.folder), index.get(ref.id)];
    if (!folder || entry?.kind !== 'dir' || heads.get(ref.id)?.kind !== 'deleted') continue;
    if (await holdsOnlyUnshared(site.store.db, folder, ref.path)) left.push({ ...entry, ...UNVERSIONED });
  }
  if (left.length === 0) return new Set();
  const settled = left.map(({ ref }) => ref);
  remaining.set(site, new Set([...(remaining.get(site) ?? []), ...settled.map(({ folder }) => folder)]));
  await transaction(site.store.db, async (tx) => {
    await saveIndex(tx, left);
    await dropPending(tx, settled);
  });
  site.wake.custody.ring();
  return new Set(settled.map(({ id }) => id));
}

/** Folders in which something remained since the agent was started. */
const remaining = new WeakMap<Site, Set<string>>();

/** Wants the removal of remains that are now empty. After a pass. */
export async function retryRemains(site: Site, name: string): Promise<void> {
  if (!remaining.get(site)?.has(name)) return;
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT h.* FROM local.\`index\` i JOIN local.head h ON h.dir_key = i.dir_key AND h.path_key = i.path_key
      WHERE i.folder = ? AND i.origin = '' AND i.kind = 'dir' AND h.kind = 'deleted' LIMIT 1000`,
    [name],
  );
  const folder = site.folders.get(name);
  if (rows.length === 0 || !folder) return;
  const wanted: Head[] = [];
  for (const head of rows.map(readHead))
    if (!(await holdsOnlyUnshared(site.store.db, folder, head.ref.path))) wanted.push(head);
  await addPending(site.store.db, wanted, site.now());
  if (wanted.length > 0) site.wake.pull.ring();
}

/**
 * Directories on this disk that cannot become what their head says, because they contain something that nobody deleted:
 * one office replaced the directory while another put a file into it. No site could hold both. So the site that holds
 * the directory restates it; as a concurrent edit it wins everywhere (headsOf), and what the other office made is kept
 * like any losing edit.
 */
async function keepDirectories(site: Site, refs: PathRef[]): Promise<void> {
  const shared = refs.filter(({ folder }) => site.folders.get(folder)?.plan.mode === 'readWrite');
  const needed = await neededAmong(site, shared);
  if (needed.length === 0) return;
  const [index, heads] = [await loadIndex(site.store.db, needed), await loadHeads(site.store.db, needed)];
  const versions: Version[] = [];
  const entries: IndexEntry[] = [];
  let { seq, clock } = site.store.counters;
  for (const ref of needed) {
    const [entry, head] = [index.get(ref.id), heads.get(ref.id)];
    if (entry?.kind !== 'dir' || !head || head.kind === 'dir') continue;
    const id = { origin: site.plan.site, seq: ++seq };
    versions.push({
      ...contentOf({ ...entry, size: 0 }),
      ...id,
      ...(!isUnversioned(entry) && { base: { origin: entry.origin, seq: entry.seq } }),
      merges: [],
      clock: ++clock,
      author: site.plan.site,
      detectedAt: site.now(),
    });
    entries.push({ ...entry, ...id });
  }
  if (versions.length > 0) await journalOwn(site, { versions, entries, gone: [], contents: [], wanted: [], clock });
}

/** Those whose attempts have failed for long enough. */
async function triedLongEnough({ store: { db } }: Site, refs: PathRef[]): Promise<PathRef[]> {
  const tried = new Set<string>();
  for (const part of chunks(refs)) {
    const [rows] = await db.query<RowDataPacket[]>(
      'SELECT path_key FROM local.pending WHERE path_key IN (?) AND attempts >= ?',
      [part.map(({ pathKey }) => pathKey), ATTEMPTS],
    );
    for (const row of rows) tried.add(row.path_key.toString('hex'));
  }
  return refs.filter(({ pathKey }) => tried.has(pathKey.toString('hex')));
}

/**
 * Those with an entry that the network keeps, or with nothing but local entries: a file could never take their place.
 */
async function neededAmong(site: Site, refs: PathRef[]): Promise<PathRef[]> {
  const needed = new Set<string>();
  for (const part of chunks(refs)) {
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      "SELECT DISTINCT dir_key AS path_key FROM local.head WHERE dir_key IN (?) AND kind <> 'deleted'",
      [part.map(({ pathKey }) => pathKey)],
    );
    for (const row of rows) needed.add(row.path_key.toString('hex'));
  }
  for (const ref of refs) {
    const folder = site.folders.get(ref.folder);
    if (folder && (await holdsOnlyUnshared(site.store.db, folder, ref.path))) needed.add(ref.pathKey.toString('hex'));
  }
  return refs.filter(({ pathKey }) => needed.has(pathKey.toString('hex')));
}
