import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { DiskState } from '../fs/disk-state.ts';
import type { PowerCut } from '../site/power-cut.ts';
import type { Here, Store } from '../site/site.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { sameContent } from '../versions/version.ts';

/** What was written longer before the end is on the disk: the kernel writes after 30 s, and filesystems commit every few seconds. */
const UNWRITTEN_MS = 60_000;

/**
 * What a power cut did to a path, from what the index says and what is there now; undefined: nothing, so it is a change that
 * somebody made. Pure.
 *
 * The index knows what a program wrote moments before, the disk may not: then the file is empty, cut off, an older one, or not there. No
 * write takes a change time back. So what has other content with a change time not after that of the index is no edit. A deletion
 * in those moments looks like a file that never reached the disk; the file is brought back, for nothing must be lost.
 */
export function lossOf(
  cut: PowerCut | undefined,
  entry: IndexEntry,
  state: Pick<DiskState, 'kind' | 'ctimeNs' | 'sha256'> | undefined,
): 'torn' | 'lost' | undefined {
  if (!cut?.folders.has(entry.ref.folder)) return undefined;
  if (entry.ctimeNs / 1_000_000n < BigInt(cut.lastAlive - UNWRITTEN_MS)) return undefined;
  if (!state) return 'lost';
  const isOlder = state.ctimeNs <= entry.ctimeNs && !sameContent(entry, state);
  return entry.kind === 'file' && isOlder ? 'torn' : undefined;
}

/** At the start: finds out whether the last run ended by a power cut. Must come before any folder is looked at. */
export async function noticePowerCut(site: Here & Store): Promise<void> {
  const boot = site.disk.bootId();
  const [[last]] = await site.db.query<RowDataPacket[]>('SELECT boot_id, clean FROM local.boot');
  if (!last || String(last.boot_id) === boot || Number(last.clean) === 1) return saveBoot(site, false);
  const [[beat]] = await site.db.query<RowDataPacket[]>(`SELECT at FROM ${siteSchema(site.plan.site)}.beat`);
  if (!beat) return saveBoot(site, false);
  site.powerCut = { lastAlive: Number(beat.at), folders: new Set(site.plan.folders.map(({ name }) => name)) };
  site.log.warn('the machine stopped without a clean shutdown: files written in its last moments may be torn');
}

/** A pass has seen the whole of a folder. */
export async function passedAfterCut(site: Here & Store, folder: string): Promise<void> {
  if (!site.powerCut?.folders.delete(folder) || site.powerCut.folders.size > 0) return;
  delete site.powerCut;
  await saveBoot(site, false);
}

/** At the end: what is in the trees is on the disk, and a power cut from now on tears nothing that the index knows. */
export async function endCleanly(site: Here & Store): Promise<void> {
  if (site.powerCut) return;
  for (const { disk, rootFd } of site.folders.values()) await disk.flush(rootFd);
  await saveBoot(site, true);
}

async function saveBoot({ db, disk }: Here & Store, clean: boolean): Promise<void> {
  await db.query('REPLACE INTO local.boot (id, boot_id, clean) VALUES (1, ?, ?)', [disk.bootId(), clean ? 1 : 0]);
}
