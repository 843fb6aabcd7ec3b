import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { DiskState } from '../fs/disk-state.ts';
import type { PowerCut } from '../site/power-cut.ts';
import type { SiteView } from '../site/site.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { sameContent } from '../versions/version.ts';

/** Older writes are on disk: the kernel writes back after 30 s, and filesystems commit every few seconds. */
const UNWRITTEN_MS = 60_000;

/**
 * The effect of a power cut on a path, from its index entry and what is there now; undefined: none, so somebody made a
 * change. Pure.
 *
 * The index knows what a program wrote just before, the disk may not: then the file is empty, truncated, an older one, or
 * missing. No write moves a ctime backwards. So different content with a ctime not after that of the index is not an edit.
 * A deletion in those moments looks like a file that never reached the disk; the file is restored, because nothing must be
 * lost.
 */
export function lossOf(
  cut: PowerCut,
  entry: IndexEntry,
  state: Pick<DiskState, 'kind' | 'ctimeNs' | 'sha256'> | undefined,
): 'torn' | 'lost' | undefined {
  if (!cut.folders.has(entry.ref.folder)) return undefined;
  if (entry.ctimeNs / 1_000_000n < BigInt(cut.lastAlive - UNWRITTEN_MS)) return undefined;
  if (!state) return 'lost';
  const isOlder = state.ctimeNs <= entry.ctimeNs && !sameContent(entry, state);
  return entry.kind === 'file' && isOlder ? 'torn' : undefined;
}

/** At the start: finds out whether the last run ended by a power cut. Must run before any folder is scanned. */
export async function noticePowerCut(site: SiteView): Promise<void> {
  const boot = site.disk.bootId();
  const [[last]] = await site.store.db.query<RowDataPacket[]>('SELECT boot_id, clean FROM local.boot');
  if (!last || String(last.boot_id) === boot || Number(last.clean) === 1) return saveBoot(site, false);
  const [[beat]] = await site.store.db.query<RowDataPacket[]>(`SELECT at FROM ${siteSchema(site.plan.site)}.beat`);
  if (!beat) return saveBoot(site, false);
  const { powerCut } = site.store;
  powerCut.lastAlive = Number(beat.at);
  for (const { name } of site.plan.folders) powerCut.folders.add(name);
  site.log.warn('the machine stopped without a clean shutdown: files written in its last moments may be torn');
}

/** A pass has seen the whole of a folder. */
export async function passedAfterCut(site: SiteView, folder: string): Promise<void> {
  const { folders } = site.store.powerCut;
  if (!folders.delete(folder) || folders.size > 0) return;
  await saveBoot(site, false);
}

/** At the end: the trees are flushed, so a power cut from now on affects nothing that the index knows. */
export async function endCleanly(site: SiteView): Promise<void> {
  if (site.store.powerCut.folders.size > 0) return;
  for (const { disk, rootFd } of site.folders.values()) await disk.flush(rootFd);
  await saveBoot(site, true);
}

async function saveBoot({ store, disk }: SiteView, clean: boolean): Promise<void> {
  await store.db.query('REPLACE INTO local.boot (id, boot_id, clean) VALUES (1, ?, ?)', [disk.bootId(), clean ? 1 : 0]);
}
