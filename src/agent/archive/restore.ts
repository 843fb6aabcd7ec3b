import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BytePath } from '../../base/bytes.ts';
import { rsyncUser } from '../../base/login-name.ts';
import { Refused } from '../../base/refused.ts';
import { transaction } from '../../database/transaction.ts';
import { refuse } from '../../web/contract/says.ts';
import { applyAll } from '../apply/apply.ts';
import { commitPrivate } from '../apply/commit.ts';
import type { OpenFolder } from '../apply/folder.ts';
import type { At } from '../apply/native.ts';
import { adoptStaged, pullDirectory, stageBytes } from '../apply/staging.ts';
import { loadFamilies } from '../journal/family.ts';
import { type Head, headFrom } from '../journal/head-table.ts';
import { byRank } from '../journal/heads.ts';
import { loadIndex } from '../journal/index-table.ts';
import { observePaths } from '../journal/observe.ts';
import { type PathRef, refOf } from '../journal/path-ref.ts';
import { formatId, parseId, type Version, type VersionId } from '../journal/version.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';
import { hashFile } from '../transfer/hash.ts';
import { findContent } from '../transfer/local-content.ts';
import { runRsync } from '../transfer/rsync.ts';
import { archiveRelative } from './archive.ts';

/**
 * Makes an old version of a path current again: as a new version, made here, so nothing of the history is lost.
 * Its content comes from this disk or archive, or from a neighbour's. Throws {@link Refused}.
 */
export async function restore(
  site: Site,
  links: Links,
  folderName: string,
  path: BytePath,
  versionText: string,
): Promise<VersionId> {
  const id = parseId(versionText);
  if (!id) throw new Refused(`"${versionText}" is no version: write it as ORIGIN.SEQ, for instance brazil.42`);
  const folder = site.folders.get(folderName);
  if (!folder) throw new Refused(`this site does not hold the folder "${folderName}"`, 404);
  if (folder.plan.mode === 'receiveOnly')
    throw new Refused(`"${folderName}" is receive-only at ${site.plan.site}: restore it at another site`);
  const ref = refOf(folderName, path);
  const family = (await loadFamilies(site.db, site, [ref])).get(ref.id) ?? [];
  const version = family.find((v) => formatId(v) === formatId(id));
  if (!version) throw new Refused(`no version ${versionText} of this path is known here: see "sitesync log"`, 404);
  if (version.kind === 'deleted') throw refuse('isDeletion', { version: versionText });
  const held = (await site.brake.at([ref])).get(ref.id);
  if (held?.decided && held.now.kind !== 'deleted')
    throw new Refused('what was written over it is held: approve or reject that first, see "sitesync held"', 409);
  const staged = version.kind === 'file' ? await fetchContent(site, links, folder, version) : undefined;
  await putBack(site, folder, ref, version, staged);
  await observePaths(site, folder, [ref]);
  const restored = (await loadFamilies(site.db, site, [ref])).get(ref.id)?.sort(byRank)[0];
  return restored ?? id;
}

/** The old state goes onto the disk as an edit of this site would: what is there now is archived first. */
async function putBack(
  site: Site,
  folder: OpenFolder,
  ref: PathRef,
  version: Version,
  staged: At | undefined,
): Promise<void> {
  await site.lock(async () => {
    const index = (await loadIndex(site.db, [ref])).get(ref.id);
    // No version's id, and not that of what is on the disk as none.
    const head: Head = { ...headFrom(ref, version, 0), origin: '', seq: -1 };
    const applied = await applyAll(site, folder, [{ head, index, ...(staged && { staged }) }]);
    const [trouble] = applied.postponed;
    if (trouble) throw new Refused(`it could not be put in place: ${trouble.reason}`, 409);
    await transaction(site.db, (tx) => commitPrivate(site, tx, applied));
  });
}

/** A verified copy in staging of what a version holds: of this disk, or from a neighbour. Throws {@link Refused}. */
export async function fetchContent(site: Site, links: Links, folder: OpenFolder, version: Version): Promise<At> {
  const sha256 = version.sha256!;
  if (version.size === 0) return stageBytes(folder, Buffer.alloc(0), version.mode);
  const here = await findContent(site.db, folder, sha256);
  if (here) return here;
  for (const peer of links.peers()) {
    const into = pullDirectory(folder, `restore-${sha256.toString('hex').slice(0, 32)}`);
    mkdirSync(into, { recursive: true, mode: 0o700 });
    try {
      const relative = archiveRelative(sha256);
      const { rsyncPort: port, rsyncPassword: password } = peer;
      await runRsync({
        port,
        user: rsyncUser(site.plan.site, password),
        password,
        module: folder.plan.name,
        paths: [relative],
        into,
        signal: site.signal,
      });
      const file = join(into, relative);
      if ((await hashFile(file).catch(() => undefined))?.equals(sha256)) return adoptStaged(folder, file);
    } finally {
      rmSync(into, { recursive: true, force: true });
    }
  }
  throw refuse('notKept', { version: formatId(version) });
}
