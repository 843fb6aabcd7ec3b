import type { RowDataPacket } from 'mysql2/promise';
import type { BrakeLimit, BrakeLimits } from '../../api/brake.ts';
import { type Held, heldBatches } from '../store/held.ts';
import type { Sql } from '../store/sql.ts';
import { type Brake, brakeLimits } from './brake.ts';
import { filesThatMatter, isTooMuch } from './loss.ts';
import { movedOf } from './moved.ts';

/** Whether the brake holds what was deleted, and what was overwritten, in a folder. */
export interface TooMuch {
  deleted: boolean;
  overwritten: boolean;
}

interface Counted {
  db: Sql;
  brake: Pick<Brake, 'recent'>;
  site: string;
  /** Monotonic ms. */
  now: number;
}

/**
 * Counts the losses of a folder within the window, with what waits for this decision, and compares them with its limits.
 * A file whose content reappears in a version of this site after number `since` was moved, and is no loss.
 */
export async function tooMuchOf(
  { db, brake, site, now }: Counted,
  plan: { name: string; brake?: BrakeLimits },
  since: number,
): Promise<TooMuch> {
  const { deletions, overwrites } = brakeLimits(plan);
  const recent = brake.recent(plan.name);
  const [[row]] = await db.query<RowDataPacket[]>(
    "SELECT COUNT(*) AS n FROM local.held WHERE folder = ? AND decided = 0 AND kind <> 'deleted' AND was_kind <> 'dir'",
    [plan.name],
  );
  const overwritten = recent.overwritten.count(now) + Number(row!.n);
  let deleted = recent.deleted.count(now);
  for await (const part of heldBatches(db, plan.name, false)) {
    const gone = part.filter(isDeletedFile);
    const moved = await movedOf(db, site, gone, since);
    deleted += gone.length - moved.size;
    if (deleted > Math.max(deletions.files, deletions.most)) break;
  }
  return {
    deleted: await exceeds(db, plan.name, deletions, deleted, deleted),
    overwritten: await exceeds(db, plan.name, overwrites, overwritten, deleted),
  };
}

/** @param missing files that the index no longer has */
async function exceeds(db: Sql, folder: string, limit: BrakeLimit, lost: number, missing: number): Promise<boolean> {
  if (lost <= limit.files || lost > limit.most) return lost > limit.files;
  const [[row]] = await db.query<RowDataPacket[]>(
    "SELECT COUNT(*) AS n FROM (SELECT 1 FROM local.`index` WHERE folder = ? AND kind <> 'dir' LIMIT ?) AS counted",
    [folder, filesThatMatter(limit, lost)],
  );
  return isTooMuch(limit, lost, Number(row!.n) + missing);
}

export const isDeletedFile = ({ was, now }: Held): boolean => now.kind === 'deleted' && was.kind !== 'dir';
