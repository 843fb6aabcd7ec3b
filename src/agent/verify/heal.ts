import type { RowDataPacket } from 'mysql2/promise';
import { Refused } from '../../base/refused.ts';
import { transaction } from '../../database/transaction.ts';
import { applyAll } from '../apply/apply.ts';
import { announceApplied, commitApplied } from '../apply/commit.ts';
import { isArchived, moveToArchive } from '../archive/archive.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { discard } from '../fs/staging.ts';
import type { Links } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { type Damage, setHealed } from '../store/damage.ts';
import { type Head, loadHeads } from '../store/head.ts';
import { isDamaged, loadIndex } from '../store/index-entry.ts';
import { refOf } from '../store/path-ref.ts';
import { fetchContent } from '../transfer/fetch-contents.ts';
import { formatId, sameId } from '../versions/version.ts';
import { asideOf } from './archive.ts';

/**
 * Tries to repair these findings. What is damaged in the tree is wanted like any head and arrives by itself; this notices
 * that. A send-only folder receives no heads, so its file is restored here; so is archived content.
 */
export async function heal(site: Site, links: Links, all: Damage[]): Promise<void> {
  for (const one of all) {
    const folder = site.folders.get(one.folder);
    if (!folder) {
      const isPlanned = site.plan.folders.some(({ name }) => name === one.folder);
      if (!isPlanned) await setHealed(site.store.db, one, site.now());
      continue;
    }
    const isHealed =
      one.place === 'tree' ? await healTree(site, links, folder, one) : await healArchive(site, links, folder, one);
    if (!isHealed) continue;
    await setHealed(site.store.db, one, site.now());
    site.log.info({ folder: one.folder, version: formatId(one), place: one.place }, 'damage was repaired');
  }
}

async function healTree(site: Site, links: Links, folder: OpenFolder, damage: Damage): Promise<boolean> {
  const ref = refOf(damage.folder, damage.path);
  const [index, head] = [
    (await loadIndex(site.store.db, [ref])).get(ref.id),
    (await loadHeads(site.store.db, [ref])).get(ref.id),
  ];
  if (index ? !isDamaged(index) : !head || head.kind === 'deleted') return true;
  if (folder.plan.mode === 'sendOnly' && head?.kind === 'file' && sameId(head, damage))
    await putBack(site, links, folder, head);
  return false;
}

async function putBack(site: Site, links: Links, folder: OpenFolder, head: Head): Promise<void> {
  const staged = await fetchIfThere(site, links, folder, head);
  if (!staged) return;
  await site.store.lock(async () => {
    const index = (await loadIndex(site.store.db, [head.ref])).get(head.ref.id);
    if (index && !isDamaged(index)) return discard(folder, staged);
    const applied = await applyAll(site, folder, [{ head, index, staged }]);
    await transaction(site.store.db, (tx) => commitApplied(site, tx, applied));
    announceApplied(site, applied);
  });
}

async function healArchive(site: Site, links: Links, folder: OpenFolder, damage: Damage): Promise<boolean> {
  const { sha256 } = damage;
  if (!(await isWanted(site, damage))) {
    forgetAside(folder, sha256);
    return true;
  }
  const staged = isArchived(folder, sha256) ? undefined : await fetchIfThere(site, links, folder, damage);
  await site.store.lock(async () => {
    if (staged) moveToArchive(folder, staged, sha256);
    if (!isArchived(folder, sha256)) return;
    await folder.disk.flush(folder.archiveFd);
    forgetAside(folder, sha256);
  });
  return isArchived(folder, sha256);
}

function forgetAside(folder: OpenFolder, sha256: Buffer): void {
  const aside = asideOf(folder, sha256);
  if (folder.disk.look(aside)) folder.disk.remove(aside);
}

async function isWanted({ store: { db } }: Site, { folder, sha256 }: Damage): Promise<boolean> {
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT 1 FROM local.archived WHERE folder = ? AND sha256 = ? LIMIT 1',
    [folder, sha256],
  );
  return rows.length > 0;
}

/** Undefined when nobody who can be reached now has it. */
async function fetchIfThere(site: Site, links: Links, folder: OpenFolder, version: Parameters<typeof fetchContent>[3]) {
  try {
    return await fetchContent(site, links, folder, version);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}
