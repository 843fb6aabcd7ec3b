import type { RowDataPacket } from 'mysql2/promise';
import { transaction } from '../../database/transaction.ts';
import type { Site } from '../site/site.ts';
import { readRef } from '../store/path-ref.ts';
import { dropPending } from '../store/pending.ts';

/** In `local.folder.adopted`: the folder was held here once, and has left the plan since. */
export const LEFT = 2;

/**
 * Takes note of folders that are no longer in the plan. Nothing of them is wanted any more, or the site would wait for it
 * for ever. And if one returns, what was removed from its tree meanwhile is not deleted for the others: nobody who tidied
 * up a directory that was not shared meant them. Takes the site's lock.
 */
export function leaveFolders(site: Site): Promise<void> {
  return site.store.lock(async () => {
    const planned = new Set(site.plan.folders.map(({ name }) => name));
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      `SELECT name FROM local.folder WHERE adopted <> ? UNION
         SELECT h.folder FROM local.pending p JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key`,
      [LEFT],
    );
    const left = rows.map((row) => String(row.name)).filter((name) => !planned.has(name));
    for (const name of left)
      await transaction(site.store.db, async (tx) => {
        const [pending] = await tx.query<RowDataPacket[]>(
          `SELECT h.folder, h.path, h.dir_key, h.path_key FROM local.pending p
             JOIN local.head h ON h.dir_key = p.dir_key AND h.path_key = p.path_key WHERE h.folder = ?`,
          [name],
        );
        await dropPending(tx, pending.map(readRef));
        await tx.query('UPDATE local.folder SET adopted = ? WHERE name = ?', [LEFT, name]);
      });
    if (left.length > 0) site.wake.custody.ring();
  });
}
