import type { BytePath } from '../../base/bytes.ts';
import type { OpenFolder } from '../apply/folder.ts';
import { factOf } from '../detect/lstat.ts';
import type { Site } from '../site.ts';
import type { IndexEntry } from './index-table.ts';
import { inBatches, indexBelow } from './index-tree.ts';
import { record } from './record.ts';

/**
 * Journals that indexed paths are no longer there; of a directory with all that was in it. Each path is looked at once
 * more after the index was read; and nothing counts as deleted when the folder's marker is gone with it.
 */
export function observeGone(site: Site, folder: OpenFolder, entries: IndexEntry[]): Promise<boolean> {
  return recordGone(site, folder, missingOf(site, folder, entries));
}

/** What was in directories that are none any more: no event and no pass leads there again. */
export function observeLost(site: Site, folder: OpenFolder, dirs: { path: BytePath }[]): Promise<boolean> {
  return recordGone(site, folder, insideOf(site, folder, dirs));
}

/** Deepest first within each entry, and the deeper entries first. */
async function* missingOf(site: Site, folder: OpenFolder, entries: IndexEntry[]): AsyncGenerator<IndexEntry> {
  for (const entry of entries.toSorted((a, b) => (a.ref.path < b.ref.path ? 1 : -1))) {
    if (factOf(folder.root, entry.ref.path)) continue;
    if (entry.kind === 'dir') yield* indexBelow(site.db, folder.plan.name, entry.ref.path);
    yield entry;
  }
}

async function* insideOf(site: Site, folder: OpenFolder, dirs: { path: BytePath }[]): AsyncGenerator<IndexEntry> {
  for (const { path } of dirs) yield* indexBelow(site.db, folder.plan.name, path);
}

async function recordGone(site: Site, folder: OpenFolder, missing: AsyncIterable<IndexEntry>): Promise<boolean> {
  let agreed = true;
  for await (const part of inBatches(missing)) {
    folder.check();
    const again = await record(
      site,
      part.map((entry) => ({ ref: entry.ref, against: entry })),
    );
    if (again.length) site.look(again);
    agreed &&= again.length === 0;
  }
  return agreed;
}
