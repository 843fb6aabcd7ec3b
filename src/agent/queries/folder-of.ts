import { Refused } from '../../base/refused.ts';
import { sentenceOf } from '../../problems/problem.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { SiteContext } from '../site/site.ts';

/**
 * The open folder of that name. Throws {@link Refused}: 404 when this site does not hold it; 503 when its disk cannot
 * be used, or when it is not open yet, as just after a start.
 */
export function folderOf(site: SiteContext, name: string): OpenFolder {
  const folder = site.folders.get(name);
  if (folder) return folder;
  const why = site.folderErrors.get(name);
  if (why !== undefined) throw new Refused(sentenceOf(why, site.plan.site), 503);
  mustHaveStarted(site);
  if (site.plan.folders.some((plan) => plan.name === name)) throw starting(site);
  throw refuse('noFolder', { folder: name, site: site.plan.site });
}

type Started = Pick<SiteContext, 'startup' | 'plan'>;

const starting = ({ plan }: Started) => refuse('starting', { site: plan.site });

/** Throws {@link Refused} while the agent is starting; clients retry. */
export function mustHaveStarted(site: Started): void {
  if (!site.startup.isDone) throw starting(site);
}

/** Like {@link folderOf}, but only if its disk responds: only then may this thread touch it. */
export async function answeringFolder(site: SiteContext, name: string): Promise<OpenFolder> {
  const folder = folderOf(site, name);
  await mustAnswer(site, folder);
  return folder;
}
