import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, outermost } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import type { Restorations } from '../../web/contract/change.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Links } from '../link/links.ts';
import { timeOf } from '../queries/as-of.ts';
import type { Site } from '../site/site.ts';
import { refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { newParents, writable } from './changes.ts';
import { observeAs } from './observe-as.ts';
import { restoreTree } from './restore-tree.ts';

/** An answer is due after this long; the rest is restored meanwhile. */
const ANSWER_MS = 20_000;
/** What was deleted this long before a directory was deleted with it: a large one takes minutes to disappear. */
const TOGETHER_MS = 3_600_000;
/** Paths that are named in the answer. */
const NAMED = 100;

/**
 * Restores what a user has chosen, directories with everything in them: as it was at a time, or, without one, what was deleted
 * last. What is there now goes to the archive. Throws Refused when nothing can be restored at all.
 * @param at ISO 8601
 */
export async function restoreChoice(
  site: Site,
  links: Links,
  name: string,
  paths: BytePath[],
  at: string | undefined,
  author: string,
): Promise<Restorations> {
  const asOf = at === undefined ? undefined : timeOf(at);
  const folder = await writable(site, name);
  const done: Restorations = { restored: 0, failed: [], failures: 0, goesOn: false };
  const work = restoreAll(site, links, folder, outermost(paths), asOf, author, done);
  const late = Symbol();
  const result = await Promise.race([work, delay(ANSWER_MS, site.signal).then(() => late)]);
  if (result !== late) return done;
  work.catch((error: Error) => site.log.error({ err: error, folder: name }, 'a restore was not completed'));
  return { ...done, failed: [...done.failed], goesOn: true };
}

async function restoreAll(
  site: Site,
  links: Links,
  folder: OpenFolder,
  paths: BytePath[],
  asOf: number | undefined,
  author: string,
  done: Restorations,
): Promise<void> {
  const { name } = folder.plan;
  for (const path of paths) {
    const above = path === '' ? [] : await newParents(site, [refOf(name, path)]);
    const wanted = asOf === undefined ? { deleted: true, togetherMs: TOGETHER_MS } : { deleted: false, asOf };
    const parts = restoreTree(
      site,
      () => links.peers(),
      folder,
      { folder: name, path, ...wanted },
      author,
      site.signal,
    );
    for await (const part of parts) {
      for (const { item, is, reason } of part) {
        if (is === 'restored') done.restored++;
        else {
          done.failures++;
          const why = reason ?? refuse('notKept', { version: formatId(item.version) }).message;
          if (done.failed.length < NAMED) done.failed.push({ path: encodeApiPath(item.ref.path), reason: why });
        }
      }
    }
    // Directories that were made for what they contain.
    if (above.length > 0) await observeAs(site, folder, above, author);
  }
}
