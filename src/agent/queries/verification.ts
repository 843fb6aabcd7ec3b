import type { RowDataPacket } from 'mysql2/promise';
import { displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { SiteView } from '../site/site.ts';
import { type Damage, openDamage } from '../store/damage.ts';
import { text } from '../store/rows.ts';
import { loadProgress } from '../store/verified.ts';
import { formatId } from '../versions/version.ts';

/** How it stands with one folder. */
export interface FolderVerification {
  folder: string;
  /** ISO 8601: when everything in it had last been read again; null = not yet. */
  verifiedAt: string | null;
  /** Files and archived versions that are damaged and not healed. */
  damaged: number;
  /** What was found damaged so far. */
  found: number;
}

export interface Verification {
  /** The oldest of its folders; null when one was never verified, or none is. */
  verifiedAt: string | null;
  /** Damaged files of the trees. */
  damaged: number;
  folders: FolderVerification[];
  /** Rows of the journal that differed from a neighbour's so far, and were copied again. */
  rowsRepaired: number;
  /** What is damaged. */
  problems: Problem[];
}

/** Findings that are told by name. */
const NAMED = 5;

/** What verification knows of this site's folders. */
export async function verification({ store: { db }, plan }: SiteView): Promise<Verification> {
  const progress = await loadProgress(db);
  const [rows] = await db.query<RowDataPacket[]>(
    'SELECT folder, place, COUNT(*) AS n FROM local.damage WHERE healed_at IS NULL GROUP BY folder, place',
  );
  const [[rewritten]] = await db.query<RowDataPacket[]>('SELECT COALESCE(SUM(repaired), 0) AS n FROM local.compared');
  const planned = new Set(plan.folders.map(({ name }) => name));
  const open = rows
    .map((row) => ({ folder: text(row.folder), place: row.place as Damage['place'], n: Number(row.n) }))
    .filter(({ folder }) => planned.has(folder));
  const sum = (some: typeof open) => some.reduce((total, { n }) => total + n, 0);
  const total = sum(open);
  const named = total > 0 ? (await openDamage(db, NAMED)).filter(({ folder }) => planned.has(folder)) : [];
  const ends = plan.folders
    .map(({ name, verifySeconds }) => ({ verifySeconds, ended: progress.get(name)?.ended }))
    .filter(({ verifySeconds, ended }) => verifySeconds !== undefined || ended !== undefined)
    .map(({ ended }) => ended);
  return {
    verifiedAt: ends.length > 0 && ends.every((end) => end !== undefined) ? isoOf(Math.min(...ends)) : null,
    damaged: sum(open.filter(({ place }) => place === 'tree')),
    folders: plan.folders.map(({ name }) => {
      const { ended, found = 0 } = progress.get(name) ?? {};
      const damaged = sum(open.filter(({ folder }) => folder === name));
      return { folder: name, verifiedAt: ended === undefined ? null : isoOf(ended), damaged, found };
    }),
    rowsRepaired: Number(rewritten!.n),
    problems: [
      ...named.map(problemOf),
      ...(total > named.length && named.length > 0 ? [problem('moreDamaged', { count: total - named.length })] : []),
    ],
  };
}

const IN_TREE = {
  rot: 'damagedRot',
  unreadable: 'damagedUnreadable',
  torn: 'damagedTorn',
  lost: 'damagedLost',
} as const;

const IN_ARCHIVE = {
  rot: 'archiveRot',
  unreadable: 'archiveUnreadable',
  torn: 'archiveTorn',
  lost: 'archiveLost',
} as const;

/** Pure. */
function problemOf(damage: Damage): Problem {
  const path = `${damage.folder}:${damage.path === '' ? '?' : displayPath(damage.path)}`;
  if (damage.place === 'tree') return problem(IN_TREE[damage.what], { path });
  return problem(IN_ARCHIVE[damage.what], { path, version: formatId(damage) });
}
