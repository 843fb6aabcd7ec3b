import { Refused } from '../../base/refused.ts';
import { sentenceOf } from '../../problems/problem.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { SiteContext } from './site.ts';

/** Throws Refused, with the reason, when the folder's disk does not respond, or is not the one that was opened. */
export async function mustAnswer(site: SiteContext, folder: OpenFolder): Promise<void> {
  if (await folder.answers()) return;
  const { name } = folder.plan;
  const why = site.folderErrors.get(name);
  throw new Refused(why ? sentenceOf(why, site.plan.site) : `folder ${name} at ${folder.root} is not open`, 503);
}
