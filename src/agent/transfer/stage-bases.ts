import { ProblemError } from '../../problems/problem.ts';
import { archiveAt } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { OpenDirectories } from '../fs/open-directories.ts';
import { mostData, takenBy } from '../fs/sparse.ts';
import type { SiteView } from '../site/site.ts';
import { originsOf } from '../store/family.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { type BasisPlace, findBases } from './find-basis.ts';
import { pullDirectory } from './pull-directory.ts';
import type { Job } from './schedule.ts';

/** On a line without a rate a wrong guess about a larger file costs more time than a right one saves. */
const SIMILAR_MAX = 64 * 2 ** 20;

/** Copies of files that the wanted ones were probably made from, under the paths of the wanted ones. */
export interface StagedBases {
  path: string;
  /** The path ids for which there is one. */
  ids: Set<string>;
  remove: () => void;
}

const NO_BASES: StagedBases = { path: '', ids: new Set(), remove: () => undefined };

/**
 * Prepares a basis for the files of a job that have none at their own path. Copies, because rsync takes the file of the same
 * path only, and a link would change the file in the tree. Nothing depends on them: the hash of the result is compared.
 */
export async function stageBases(
  site: SiteView,
  folder: OpenFolder,
  job: Job,
  index: Map<string, IndexEntry>,
): Promise<StagedBases> {
  const without = job.items.map(({ head }) => head).filter(({ ref }) => index.get(ref.id)?.kind !== 'file');
  const similarMax = job.bytesPerSecond === undefined ? SIMILAR_MAX : Number.POSITIVE_INFINITY;
  const wanted = job.items.reduce((sum, { head }) => sum + mostData(head), 0);
  const places = await findBases(site.store.db, without, site.now(), similarMax, originsOf(site));
  if (places.size === 0) return NO_BASES;
  // The next start recognises leftovers by this name, and removes them.
  const into = pullDirectory(folder, `batch-basis-${job.peer}-${job.large ? 'large' : 'small'}`);
  const ids = new Set<string>();
  // What is wanted has precedence: a copy that takes its room would make every try fail.
  let room = (await folder.disk.room(folder.root)).free / 2 - wanted;
  const rootFd = folder.disk.openDirectory(into.directory);
  const [here, there] = [new OpenDirectories(folder), new OpenDirectories({ rootFd, disk: folder.disk })];
  const entryOf = (place: BasisPlace) =>
    'sha256' in place ? archiveAt(folder, place.sha256) : here.entry(place.path, false);
  try {
    for (const { ref } of without) {
      const place = places.get(ref.id);
      if (!place) continue;
      const bytes = await copied(folder, room, () => [entryOf(place), there.entry(ref.path, true)]);
      if (bytes === undefined) continue;
      room -= bytes;
      ids.add(ref.id);
    }
  } finally {
    here.close();
    there.close();
    folder.disk.close(rootFd);
  }
  return { path: into.path, ids, remove: into.remove };
}

/**
 * Copies a basis, and returns what it takes (bytes); undefined where it is gone or larger than `room`: the file is then sent
 * as a whole.
 */
async function copied(
  { disk }: OpenFolder,
  room: number,
  ends: () => [At | undefined, At | undefined],
): Promise<number | undefined> {
  let to: At | undefined;
  try {
    const [from, target] = ends();
    to = target;
    const stats = from && disk.look(from);
    if (!from || !to || !stats || stats.size === 0n || takenBy(stats) > room) return undefined;
    await disk.copy(from, to);
    return takenBy(stats);
  } catch (error) {
    if (to) disk.removeAll(to);
    if (error instanceof ProblemError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}
