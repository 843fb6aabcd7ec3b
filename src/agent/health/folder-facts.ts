import type { RowDataPacket } from 'mysql2/promise';
import type { FolderFacts, Some } from '../../api/in-sync.ts';
import { displayPath } from '../../base/bytes.ts';
import type { Detector } from '../detect/detector.ts';
import type { Waiting } from '../detect/protocol.ts';
import { allUnreadable, NOTHING_UNREADABLE } from '../detect/unreadable.ts';
import { text } from '../journal/rows.ts';
import type { Site } from '../site.ts';

/** Gathers what {@link judgeSync} decides by, of every folder of this site. */
export async function folderFacts(
  site: Site,
  detector: Detector,
  held: ReadonlyMap<string, number>,
): Promise<Map<string, FolderFacts>> {
  // The database first: what is found meanwhile is in the views then.
  const [missing, intents] = [await countMissing(site), await countIntents(site)];
  await detector.refresh();
  const views = detector.views();
  const facts = new Map<string, FolderFacts>();
  for (const { name } of site.plan.folders) {
    const view = views.get(name);
    const error = site.folderErrors.get(name) ?? view?.error;
    facts.set(name, {
      ...(error !== undefined && { error }),
      current: view?.current ?? false,
      passed: view?.passed ?? false,
      overdue: view?.overdue ?? false,
      waiting: named(view?.waiting),
      reading: named(view?.reading),
      handling: (view?.handling ?? 0) > 0,
      owed: (view?.owed ?? 0) > 0,
      ...(view?.degraded !== undefined && { degraded: view.degraded }),
      unreadable: allUnreadable([view?.unreadable ?? NOTHING_UNREADABLE, site.unreadable.of(name)]),
      undecided: site.brake.undecided.has(name),
      held: held.get(name) ?? 0,
      missing: missing.get(name) ?? 0,
      intents: intents.get(name) ?? 0,
    });
  }
  return facts;
}

function named(waiting: Waiting | undefined): Some {
  if (!waiting) return { count: 0, first: [] };
  return { count: waiting.count, first: waiting.first.map((path) => `"${displayPath(path)}"`) };
}

async function countMissing({ db }: Site): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT h.folder, COUNT(*) AS n FROM local.pending p
       JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key GROUP BY h.folder`,
  );
  return new Map(rows.map((row) => [text(row.folder), Number(row.n)]));
}

/** Those that are kept for programs that may still write to what was replaced are done. */
async function countIntents({ db }: Site): Promise<Map<string, number>> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT folder, COUNT(*) AS n FROM local.intent WHERE kept = 0 GROUP BY folder',
  );
  return new Map(rows.map((row) => [text(row.folder), Number(row.n)]));
}
