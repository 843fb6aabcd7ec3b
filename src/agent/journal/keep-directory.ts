import type { RowDataPacket } from 'mysql2/promise';
import type { Site } from '../site.ts';
import { loadHeads } from './head-table.ts';
import { contentOf, type IndexEntry, isBorrowed, loadIndex } from './index-table.ts';
import { journalOwn } from './own.ts';
import type { PathRef } from './path-ref.ts';
import { chunks } from './sql.ts';
import type { Version } from './version.ts';

/** A directory whose entries are deleted a moment later is not in anybody's way. */
const ATTEMPTS = 3;

/**
 * Directories of this disk that cannot become what their head says, because something is in them that nobody deleted: while
 * one office replaced the directory, another one put a file into it. No site could ever hold both. So the site that holds
 * the directory says that it stays; as an edit of one who did not know of the other it wins everywhere (headsOf), and what
 * the other office made is kept like any losing edit. Takes the site's lock.
 */
export function keepDirectories(site: Site, refs: PathRef[]): Promise<void> {
  return site.lock(async () => {
    const shared = refs.filter(({ folder }) => site.folders.get(folder)?.plan.mode === 'readWrite');
    const needed = await neededAmong(site, shared);
    if (needed.length === 0) return;
    const [index, heads] = [await loadIndex(site.db, needed), await loadHeads(site.db, needed)];
    const versions: Version[] = [];
    const entries: IndexEntry[] = [];
    let { seq, clock } = site.counters;
    for (const ref of needed) {
      const [entry, head] = [index.get(ref.id), heads.get(ref.id)];
      if (entry?.kind !== 'dir' || !head || head.kind === 'dir') continue;
      const id = { origin: site.plan.site, seq: ++seq };
      versions.push({
        ...contentOf({ ...entry, size: 0 }),
        ...id,
        ...(!isBorrowed(entry) && { base: { origin: entry.origin, seq: entry.seq } }),
        merges: [],
        clock: ++clock,
        author: site.plan.site,
        detectedAt: site.now(),
      });
      entries.push({ ...entry, ...id });
    }
    if (versions.length > 0) await journalOwn(site, { versions, entries, gone: [], contents: [], wanted: [], clock });
  });
}

/** Those that were tried in vain for long enough, and have an entry that the network keeps. */
async function neededAmong(site: Site, refs: PathRef[]): Promise<PathRef[]> {
  const needed = new Set<string>();
  for (const part of chunks(refs)) {
    const [rows] = await site.db.query<RowDataPacket[]>(
      `SELECT p.path_key FROM local.pending p WHERE p.path_key IN (?) AND p.attempts >= ?
          AND EXISTS (SELECT 1 FROM local.head h WHERE h.dir_key = p.path_key AND h.kind <> 'deleted')`,
      [part.map(({ pathKey }) => pathKey), ATTEMPTS],
    );
    for (const row of rows) needed.add(row.path_key.toString('hex'));
  }
  return refs.filter(({ pathKey }) => needed.has(pathKey.toString('hex')));
}
