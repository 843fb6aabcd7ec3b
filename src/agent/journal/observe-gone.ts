import { type BytePath, baseName, parentOf } from '../../base/bytes.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { ignoreOf } from '../fs/ignore.ts';
import { factOf } from '../fs/lstat.ts';
import type { Site } from '../site/site.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { inBatches, indexBatches, indexBelow } from '../store/index-tree.ts';
import { record } from './record.ts';

/**
 * Journals that indexed paths no longer exist; of a directory with everything that was in it. Each path is checked again
 * after the index was read; and nothing counts as deleted when the folder's marker is gone too.
 */
export async function observeGone(site: Site, folder: OpenFolder, entries: IndexEntry[]): Promise<boolean> {
  const missing = missingOf(site, folder, entries);
  const agreed = await recordGone(site, folder, missing);
  return agreed && !missing.unknown;
}

/**
 * Entries of directories that were replaced by others, as after `mv d old && mkdir d`: what is no longer in them is gone.
 * What is in them now is observed like anything new.
 */
export async function observeReplaced(site: Site, folder: OpenFolder, dirs: { path: BytePath }[]): Promise<boolean> {
  let agreed = true;
  for (const { path } of dirs)
    for await (const entries of indexBatches(site.store.db, folder.plan.name, path))
      agreed = (await observeGone(site, folder, entries)) && agreed;
  return agreed;
}

/** What was in directories that no longer are directories: no event and no pass leads there again. */
export function observeLost(site: Site, folder: OpenFolder, dirs: { path: BytePath }[]): Promise<boolean> {
  return recordGone(site, folder, insideOf(site, folder, dirs));
}

type Missing = AsyncIterable<IndexEntry> & {
  /** Whether some paths could not be checked. */
  unknown: boolean;
};

/** Deepest first within each entry, and the deeper entries first. Skips what is ignored by now, or cannot be checked. */
function missingOf(site: Site, folder: OpenFolder, entries: IndexEntry[]): Missing {
  const { name, ignore: patterns } = folder.plan;
  const ignore = ignoreOf(patterns);
  const missing: Missing = {
    unknown: false,
    async *[Symbol.asyncIterator]() {
      for (const entry of entries.toSorted((a, b) => (a.ref.path < b.ref.path ? 1 : -1))) {
        const { path } = entry.ref;
        if (ignore(parentOf(path), baseName(path))) continue;
        try {
          if (factOf(folder, path)) continue;
        } catch (error) {
          site.unreadable.note(name, path, error);
          missing.unknown = true;
          continue;
        }
        site.unreadable.clear(name, [path]);
        if (entry.kind === 'dir') yield* indexBelow(site.store.db, name, path);
        yield entry;
      }
    },
  };
  return missing;
}

async function* insideOf(site: Site, folder: OpenFolder, dirs: { path: BytePath }[]): AsyncGenerator<IndexEntry> {
  for (const { path } of dirs) yield* indexBelow(site.store.db, folder.plan.name, path);
}

async function recordGone(site: Site, folder: OpenFolder, missing: AsyncIterable<IndexEntry>): Promise<boolean> {
  let agreed = true;
  for await (const part of inBatches(missing)) {
    folder.check();
    const again = await record(
      site,
      part.map((entry) => ({ ref: entry.ref, against: entry })),
    );
    if (again.length) site.wake.look.publish(again);
    agreed &&= again.length === 0;
  }
  return agreed;
}
