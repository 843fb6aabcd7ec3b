import type { FolderFacts, Some } from '../../api/in-sync.ts';
import { displayPath } from '../../base/bytes.ts';
import type { Detector } from '../detect/detector.ts';
import type { Waiting } from '../fs/facts.ts';
import { allUnreadable, NOTHING_UNREADABLE } from '../fs/unreadable.ts';
import type { SiteView } from '../site/site.ts';
import { damagedByFolder } from '../store/damage.ts';
import { openIntentsByFolder } from '../store/intent.ts';
import { missingByFolder } from '../store/pending.ts';
import { countSkipped } from '../store/skipped.ts';
import { heldFolders } from './held-changes.ts';

/**
 * Gathers the input of {@link judgeSync} for every folder of this site. Reads the trees first, then the database: what
 * is observed and journaled in between is in the database by then.
 */
export async function folderFacts(site: SiteView, detector: Detector): Promise<Map<string, FolderFacts>> {
  await detector.refresh();
  const views = detector.views();
  const undecided = new Set(site.store.brake.undecided.keys());
  const held = new Map((await heldFolders(site)).map(({ folder, changes }) => [folder, changes]));
  const skipped = await countSkipped(site.store.db);
  const [missing, intents, damaged] = [
    await missingByFolder(site.store.db),
    await openIntentsByFolder(site.store.db),
    await damagedByFolder(site.store.db),
  ];
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
      refused: bothOf(site.store.refused.of(name), skipped.get(name)),
      undecided: undecided.has(name),
      held: held.get(name) ?? 0,
      damaged: damaged.get(name) ?? 0,
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

/** Refused changes of this disk, and skipped rows of other sites. */
function bothOf(own: Some, skipped: { count: number; first: { path: string }[] } | undefined): Some {
  if (!skipped) return own;
  const first = skipped.first.map(({ path }) => `"${displayPath(path)}"`);
  return { count: own.count + skipped.count, first: [...own.first, ...first] };
}
