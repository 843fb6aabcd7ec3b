import { delay } from '../../base/delay.ts';
import type { Detector } from '../detect/detector.ts';
import type { SiteContext, SiteView } from '../site/site.ts';

/** Some folder is not looked at yet: the agent is starting, or follows a changed plan. What cannot be opened has its own error. */
export function isOpening(
  site: Pick<SiteContext, 'startup' | 'plan' | 'folderErrors'>,
  detector: Pick<Detector, 'has'>,
): boolean {
  return (
    !site.startup.isDone || site.plan.folders.some(({ name }) => !detector.has(name) && !site.folderErrors.has(name))
  );
}

const ANSWER_MS = 2000;

/** Whether this site can do its work: its database responds, and its folders and journal are open. */
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
