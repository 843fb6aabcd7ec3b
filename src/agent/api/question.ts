import { z } from 'zod';
import type { BytePath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { SiteContext } from '../site/site.ts';

interface Question {
  folder: string;
  path: BytePath;
  /** The other parameters. */
  rest: Record<string, unknown>;
}

const Query = z.looseObject({ folder: z.string().default(''), path: z.string().default('') });

/**
 * Folder and path of a question. Throws {@link Refused} when this site does not have the folder.
 * @param query as parsed by parseQuery of web/http: paths are bytes
 */
export function question(site: Pick<SiteContext, 'plan'>, query: unknown): Question {
  const { folder, path, ...rest } = Query.parse(query);
  if (!site.plan.folders.some(({ name }) => name === folder))
    throw new Refused(`there is no folder "${folder}" at ${site.plan.site}`, 404);
  return { folder, path, rest };
}
