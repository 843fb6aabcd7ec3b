import { stateOf } from '../fs/disk-state.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { factOf } from '../fs/lstat.ts';
import { differs } from '../journal/observe.ts';
import { journalOwn } from '../journal/own.ts';
import type { Site } from '../site/site.ts';
import { type Head, headFrom, loadHeads } from '../store/head.ts';
import type { Held } from '../store/held.ts';
import { contentOf, type IndexEntry, loadIndex } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { type Content, sameId, type Version } from '../versions/version.ts';

/**
 * Restores what all other sites have. What was written over it is not lost: it becomes a version in the history, which the
 * restored one supersedes in the same transaction, so that no site ever shows it. If another site has made a newer version
 * meanwhile, that one is applied, and the local content is kept beside it like the loser of any conflict.
 * @returns why not, by path id
 */
export function rejectSome(
  site: Site,
  folder: OpenFolder,
  refs: PathRef[],
  author: string,
): Promise<Map<string, string>> {
  return site.store.lock(async () => {
    const [index, heads, held] = [
      await loadIndex(site.store.db, refs),
      await loadHeads(site.store.db, refs),
      await site.store.brake.at(refs),
    ];
    const refused = new Map<string, string>();
    const versions: Version[] = [];
    const entries: IndexEntry[] = [];
    const wanted: Head[] = [];
    const released: PathRef[] = [];
    const number = numbering(site);
    for (const ref of refs) {
      const change = held.get(ref.id);
      const head = heads.get(ref.id);
      const entry = index.get(ref.id);
      if (!change?.needsApproval) continue;
      released.push(ref);
      if (!head || head.kind === 'deleted') continue;
      if (!entry || !sameId(head, change.was)) {
        wanted.push(head);
        continue;
      }
      const written = writtenOver(folder, change, entry);
      if (!written) {
        released.pop();
        refused.set(ref.id, 'it is being changed: try again');
        site.wake.look.publish([ref]);
        continue;
      }
      const lost: Version = { ...written, ...number(), author: site.plan.site, base: head, merges: [] };
      const back: Version = { ...contentOf(head), ...number(), author, base: lost, merges: [] };
      versions.push(strip(lost), strip(back));
      entries.push({ ...entry, origin: lost.origin, seq: lost.seq });
      wanted.push(headFrom(ref, back, 0));
    }
    const clock = versions.at(-1)?.clock ?? site.store.counters.clock;
    await journalOwn(site, { versions, entries, gone: [], contents: [], wanted, clock, released });
    return refused;
  });
}

/** What is on disk in place of the previous content; undefined when it no longer matches the index. */
function writtenOver(folder: OpenFolder, { ref }: Held, entry: IndexEntry): Content | undefined {
  const fact = factOf(folder, ref.path);
  if (!fact || differs(fact, entry)) return undefined;
  const { kind, size } = entry;
  const target = kind === 'symlink' ? stateOf(folder, ref.path)?.target : undefined;
  if (kind === 'symlink' && target === undefined) return undefined;
  return contentOf({ ...entry, size: kind === 'file' ? size : 0, ...(target !== undefined && { target }) });
}

/** A base is an id, without its own ancestry. */
function strip(version: Version): Version {
  const { base } = version;
  return base ? { ...version, base: { origin: base.origin, seq: base.seq } } : version;
}

/** Numbers for own versions, in sequence. */
function numbering(site: Site): () => Pick<Version, 'origin' | 'seq' | 'clock' | 'detectedAt'> {
  let { seq, clock } = site.store.counters;
  const [origin, detectedAt] = [site.plan.site, site.now()];
  return () => ({ origin, seq: ++seq, clock: ++clock, detectedAt });
}
