import { displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { SiteView } from '../site/site.ts';
import { countRepaired } from '../store/compared.ts';
import { countDamage, type Damage, openDamage } from '../store/damage.ts';
import { loadProgress } from '../store/verified.ts';
import { formatId } from '../versions/version.ts';

/** The state of one folder. */
export interface FolderVerification {
  folder: string;
  /** ISO 8601: when everything in it had last been verified; null: not yet. */
  verifiedAt: string | null;
  /** Files and archived versions that are damaged and not repaired. */
  damaged: number;
  /** Files and archived versions that were ever found damaged. */
  found: number;
}

export interface Verification {
  /** The oldest of its folders' times; null when one was never verified, or none is to be. */
  verifiedAt: string | null;
  /** Damaged files in the trees. */
  damaged: number;
  folders: FolderVerification[];
  /** Journal rows that differed from a neighbour's so far, and were copied again. */
  rowsRepaired: number;
  problems: Problem[];
}

/** Maximum number of damaged files named in `problems`. */
const NAMED = 5;

/** What verification has found at this site. */
export async function verification({ store: { db }, plan }: SiteView): Promise<Verification> {
  const progress = await loadProgress(db);
  const planned = new Set(plan.folders.map(({ name }) => name));
  const open = (await countDamage(db)).filter(({ folder }) => planned.has(folder));
  const sum = (some: typeof open) => some.reduce((total, { count }) => total + count, 0);
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
    rowsRepaired: await countRepaired(db),
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

function problemOf(damage: Damage): Problem {
  const path = `${damage.folder}:${damage.path === '' ? '?' : displayPath(damage.path)}`;
  if (damage.place === 'tree') return problem(IN_TREE[damage.what], { path });
  return problem(IN_ARCHIVE[damage.what], { path, version: formatId(damage) });
}
