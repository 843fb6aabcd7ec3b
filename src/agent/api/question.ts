import { decodeApiPath } from '../../base/api-path.ts';
import type { BytePath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { Here } from '../site/site.ts';

interface Question {
  folder: string;
  path: BytePath;
  /** Everything else, as it was written. */
  query: Map<string, string>;
}

/** Folder and path of a question. The query is read raw: paths are bytes, and Express would decode them as UTF-8. */
export function question(site: Here, url: string): Question {
  const query = new Map(
    (url.split('?')[1] ?? '').split('&').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
  const folder = decodeApiPath(query.get('folder') ?? '');
  if (!site.plan.folders.some((f) => f.name === folder))
    throw new Refused(`there is no folder "${folder}" at ${site.plan.site}`, 404);
  return { folder, path: decodeApiPath(query.get('path') ?? ''), query };
}
