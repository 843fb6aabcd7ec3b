import type { RowDataPacket } from 'mysql2/promise';
import { displayPath } from '../../base/bytes.ts';
import { EARLIEST, isStorable, LATEST } from '../../base/file-time.ts';
import { firstOf } from '../../base/first-of.ts';
import { repeat } from '../../base/repeat.ts';
import { problem } from '../../problems/problem.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';
import { type Head, readHead } from '../store/head.ts';

const ROUND_MS = 3000;
/** Files that are remembered, over all folders. */
const MOST = 1000;
/** Files that a report lists; the others are counted. */
const LISTED = 5;

const about = (folder: string) => `times in ${folder}`;

/**
 * Reports files of this site whose dates a row cannot hold: the other sites have the nearest that it can. Runs until the
 * site's signal is aborted.
 */
export async function followTimes(site: Site): Promise<void> {
  /** By path id. */
  const far = new Map<string, Head>();
  let hasLooked = false;
  let changed = false;
  const reported = new Set<string>();

  function take(head: Head): void {
    const isFar = head.origin === site.plan.site && head.kind !== 'deleted' && !isStorable(head.mtimeNs);
    if (isFar && far.size < MOST) far.set(head.ref.id, head);
    else if (isFar || !far.delete(head.ref.id)) return;
    changed = true;
  }

  async function look(): Promise<void> {
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      'SELECT * FROM local.head WHERE mtime_ns IN (?, ?) AND origin = ? LIMIT ?',
      [String(EARLIEST), String(LATEST), site.plan.site, MOST],
    );
    for (const row of rows) take(readHead(row));
    hasLooked = true;
  }

  async function round(): Promise<void> {
    if (!hasLooked) await look();
    if (!changed) return;
    changed = false;
    const byFolder = Map.groupBy(far.values(), ({ ref }) => ref.folder);
    for (const folder of new Set([...reported, ...byFolder.keys()])) {
      const heads = byFolder.get(folder) ?? [];
      const names = firstOf(heads, LISTED).map(({ ref }) => `"${displayPath(ref.path)}"`);
      const list = names.join(', ') + (heads.length > names.length ? ', …' : '');
      const count = heads.length;
      setProblem(
        site,
        about(folder),
        count === 0 ? undefined : problem('timesNotKept', { folder, count, names: list }),
      );
      reported.add(folder);
    }
  }

  site.wake.heads.listen((heads) => heads.forEach(take));
  const failed = (err: Error) => site.log.warn({ err }, 'dates could not be looked at; trying again');
  await repeat(round, { signal: site.signal, clock: site, pause: ROUND_MS, pauseFirst: true, failed });
}
