import { delay } from '../../base/delay.ts';
import type { Detector } from '../detect/detector.ts';
import type { SiteContext, SiteView } from '../site/site.ts';

/**
 * Whether some folder is not watched yet, because the agent is starting or the plan has changed. A folder that cannot
 * be opened does not count: it has an error of its own.
 */
export function isOpening(
  site: Pick<SiteContext, 'startup' | 'plan' | 'folderErrors'>,
  detector: Pick<Detector, 'has'>,
): boolean {
  return (
    !site.startup.isDone || site.plan.folders.some(({ name }) => !detector.has(name) && !site.folderErrors.has(name))
  );
}

const ANSWER_MS = 2000;

/** Whether this site works: its database responds, and all its folders are open. */
export async function isReady(site: SiteView): Promise<boolean> {
  if (!site.startup.isDone || site.folderErrors.size > 0) return false;
  return site.plan.folders.every(({ name }) => site.folders.has(name)) && (await databaseResponds(site));
}

async function databaseResponds({ store: { db } }: SiteView): Promise<boolean> {
  const late = new AbortController();
  const answer = db.query('SELECT 1').then(
    () => true,
    () => false,
  );
  const is = await Promise.race([answer, delay(ANSWER_MS, late.signal).then(() => false)]);
  late.abort();
  return is;
}
