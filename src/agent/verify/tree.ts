import { displayPath } from '../../base/bytes.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { factOf } from '../fs/lstat.ts';
import { markDamaged, type Suspect } from '../journal/mark-damaged.ts';
import { differs } from '../journal/observe.ts';
import type { Site } from '../site/site.ts';
import type { Damage } from '../store/damage.ts';
import { type IndexEntry, isUnversioned } from '../store/index-entry.ts';
import { judge, type ReadJudgement } from './judge.ts';
import type { Reader } from './reader.ts';

/** The result of a part of the work. */
export interface Verified {
  files: number;
  bytes: number;
  damaged: Damage[];
  /** What could not be read, as messages. */
  failed: string[];
}

/** Whether a file has a version whose content it should have. Held or damaged files have none. */
const hasContent = (entry: IndexEntry) => entry.kind === 'file' && entry.sha256 !== undefined && !isUnversioned(entry);

/**
 * Verifies these files against the hashes of their versions. Damage is confirmed by a second read, and its repair has
 * started when this resolves.
 */
export async function verifyEntries(
  site: Site,
  folder: OpenFolder,
  reader: Reader,
  entries: IndexEntry[],
): Promise<Verified> {
  const all = entries.filter(hasContent);
  const verdicts = await readAndJudge(folder, reader, all, false);
  const isDamaged = (_entry: IndexEntry, i: number) => verdicts[i]!.is === 'damaged';
  const doubtful = all.filter(isDamaged);
  const second = doubtful.length > 0 ? await readAndJudge(folder, reader, doubtful, true) : [];
  const suspects = doubtful.flatMap((entry, i): Suspect[] => {
    const verdict = second[i]!;
    return verdict.is === 'damaged' ? [{ entry, ...verdict }] : [];
  });
  const isAsIndexed = ({ entry }: Suspect) => {
    const fact = factOf(folder, entry.ref.path);
    return fact !== undefined && !differs(fact, entry);
  };
  const moved = all.filter((_entry, i) => verdicts[i]!.is === 'look');
  if (moved.length > 0) site.wake.look.publish(moved.map(({ ref }) => ref));
  return {
    files: all.length,
    bytes: all.reduce((sum, { size }) => sum + size, 0),
    damaged:
      suspects.length > 0 ? await site.store.lock(() => markDamaged(site, folder, suspects.filter(isAsIndexed))) : [],
    failed: all.flatMap(({ ref }, i) => {
      const verdict = verdicts[i]!;
      return verdict.is === 'unknown' ? [`"${displayPath(ref.path)}": ${verdict.reason}`] : [];
    }),
  };
}

async function readAndJudge(
  folder: OpenFolder,
  reader: Reader,
  entries: IndexEntry[],
  flushed: boolean,
): Promise<ReadJudgement[]> {
  const paths = entries.map(({ ref }) => ref.path);
  const readings = paths.length > 0 ? await reader.read({ root: folder.root, paths, flushed }) : [];
  return entries.map((entry, i) => judge(entry, readings[i]!));
}
