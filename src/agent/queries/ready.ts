import type { Detector } from '../detect/detector.ts';
import type { Here, Store } from '../site/site.ts';

/** Some folder is not looked at yet: the agent is starting, or follows a changed plan. What cannot be opened has its own error. */
export function isOpening(
  site: Pick<Here & Store, 'started' | 'plan' | 'folderErrors'>,
  detector: Pick<Detector, 'has'>,
): boolean {
  return !site.started || site.plan.folders.some(({ name }) => !detector.has(name) && !site.folderErrors.has(name));
}

const ANSWER_MS = 2000;

/** What keeps this site from its work, in words; empty when it is ready: database, folders and journal are open. */
export async function notReady(site: Here & Store): Promise<string[]> {
  if (!site.started) return ['the agent is starting: it is waiting for the database or reading the journal'];
  const missing = site.plan.folders.filter(({ name }) => !site.folders.has(name) && !site.folderErrors.has(name));
  return [
    ...(await databaseTrouble(site)),
    ...site.folderErrors.values(),
    ...missing.map(({ name }) => `folder ${name} is being opened`),
  ];
}

async function databaseTrouble(site: Here & Store): Promise<string[]> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`no response within ${ANSWER_MS / 1000} s`)), ANSWER_MS).unref();
  });
  try {
    await Promise.race([site.db.query('SELECT 1'), late]);
    return [];
  } catch (error) {
    return [`the database: ${(error as Error).message}`];
  }
}
