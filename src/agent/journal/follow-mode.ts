import type { RowDataPacket } from 'mysql2/promise';
import type { FolderPlan } from '../../topology/site-plan.ts';
import type { Site } from '../site/site.ts';
import { readHead } from '../store/head.ts';
import { dropIndex, UNVERSIONED } from '../store/index-entry.ts';
import { readRef } from '../store/path-ref.ts';
import { addPending, dropPending } from '../store/pending.ts';

/**
 * Adapts the state of a folder to its mode, which may have changed while the agent ran or did not. Takes the site's lock. A
 * pass over the folder must follow.
 * - A site that receives changes wants every head that it lacks; one that receives none wants none.
 * - Changes at a receive-only site belong to nobody else. Once the site shares, they are forgotten, so that the next pass
 * finds them as new. What the brake holds stays held, damaged files stay damaged, and the remains of a deleted directory
 * stay unversioned (keep-directory.ts).
 */
export function followMode(site: Site, plan: FolderPlan): Promise<void> {
  return site.store.lock(async () => {
    if (plan.mode === 'sendOnly') await wantNothing(site, plan);
    else await wantMissing(site, plan);
    if (plan.mode === 'readWrite' || plan.mode === 'sendOnly') await forgetUnshared(site, plan);
    site.wake.pull.ring();
  });
}

/**
 * Wants heads of a folder that were ingested while they were not wanted here, or while its disk was unavailable; none that
 * a held change was made from.
 */
async function wantMissing(site: Site, plan: FolderPlan): Promise<void> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT h.* FROM local.head h LEFT JOIN local.\`index\` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key
        LEFT JOIN local.held w ON w.dir_key = h.dir_key AND w.path_key = h.path_key AND w.was_origin = h.origin AND w.was_seq = h.seq
      WHERE h.folder = ? AND w.since IS NULL AND (i.origin IS NULL OR i.origin <> h.origin OR i.seq <> h.seq) AND NOT (h.kind = 'deleted' AND i.origin IS NULL)`,
    [plan.name],
  );
  await addPending(site.store.db, rows.map(readHead), site.now());
}

async function wantNothing(site: Site, plan: FolderPlan): Promise<void> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT h.folder, h.path, h.dir_key, h.path_key FROM local.pending p
        JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key WHERE h.folder = ?`,
    [plan.name],
  );
  await dropPending(site.store.db, rows.map(readRef));
}

async function forgetUnshared(site: Site, plan: FolderPlan): Promise<void> {
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT i.folder, i.path, i.dir_key, i.path_key FROM local.\`index\` i
        LEFT JOIN local.held w ON w.dir_key = i.dir_key AND w.path_key = i.path_key
        LEFT JOIN local.head h ON h.dir_key = i.dir_key AND h.path_key = i.path_key
      WHERE i.folder = ? AND i.origin = ? AND i.seq = ? AND w.since IS NULL
        AND NOT (i.kind = 'dir' AND COALESCE(h.kind, '') = 'deleted')`,
    [plan.name, UNVERSIONED.origin, UNVERSIONED.seq],
  );
  await dropIndex(site.store.db, rows.map(readRef));
}
