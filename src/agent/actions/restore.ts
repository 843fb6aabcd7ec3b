import type { BytePath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { refuse } from '../../web/contract/refusals.ts';
import { observePaths } from '../journal/observe.ts';
import type { Links } from '../link/links.ts';
import { answeringFolder } from '../queries/folder-of.ts';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { fetchContent } from '../transfer/fetch-contents.ts';
import { formatId, parseId, type VersionId } from '../versions/version.ts';
import { byRank } from '../versions/winner.ts';
import { putBack } from './restore-tree.ts';

/**
 * Makes an old version of a path current again, as a new version made here, so that the history stays complete. Its content
 * comes from this disk or archive, or from a neighbour's. Throws {@link Refused}.
 */
export async function restore(
  site: Site,
  links: Links,
  folderName: string,
  path: BytePath,
  versionText: string,
): Promise<VersionId> {
  const id = parseId(versionText);
  if (!id) throw new Refused(`"${versionText}" is not a version: write it as ORIGIN.SEQ, for example brazil.42`);
  const folder = await answeringFolder(site, folderName);
  if (folder.plan.mode === 'receiveOnly')
    throw new Refused(`"${folderName}" is receive-only at ${site.plan.site}: restore it at another site`);
  const ref = refOf(folderName, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  const version = family.find((v) => formatId(v) === formatId(id));
  if (!version) throw new Refused(`no version ${versionText} of this path is known here: see "sitesync log"`, 404);
  if (version.kind === 'deleted') throw refuse('isDeletion', { version: versionText });
  const held = (await site.store.brake.at([ref])).get(ref.id);
  if (held?.needsApproval && held.now.kind !== 'deleted')
    throw new Refused('it has held changes: approve or reject them first, see "sitesync held"', 409);
  const item = { ref, version, replaces: true };
  const staged = version.kind === 'file' ? await fetchContent(site, links, folder, version) : undefined;
  const refused = await putBack(site, folder, [item], new Map(staged && [[item, staged]]));
  const reason = refused.get(ref.id);
  if (reason !== undefined) throw new Refused(`it could not be written: ${reason}`, 409);
  await observePaths(site, folder, [ref]);
  const restored = (await loadFamilies(site.store.db, site, [ref])).get(ref.id)?.sort(byRank)[0];
  return restored ?? id;
}
