import type { RowDataPacket } from 'mysql2/promise';
import { repeat } from '../../base/repeat.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { Head } from '../store/head.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import { isSettled } from '../versions/contested.ts';
import { sameId, type VersionId } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { settle } from './settle.ts';

const POLL_MS = 1000;

/** An edit of this site that lost and is kept beside the winner. */
interface OwnConflict {
  losing: VersionId;
  ref: PathRef;
  copy: PathRef;
}

/**
 * Ends the conflicts of this site that were resolved, wherever that happened: only this site can remove its rows. If
 * somebody removed the copy by hand, that is a decision about the file too. Runs until the site's signal is aborted.
 */
export async function closeConflicts(site: Site): Promise<void> {
  let touched = new Set<string>();
  let known = new Set<string>();
  // The copy of a losing edit becomes a head after the row that mentions it.
  let isStirred = true;
  site.wake.heads.listen((heads: Head[]) => {
    isStirred = true;
    for (const { ref } of heads) if (known.has(ref.id)) touched.add(ref.id);
  });
  async function round(): Promise<void> {
    if (!site.startup.isDone || !(isStirred || touched.size > 0)) return;
    const changed = touched;
    touched = new Set();
    isStirred = false;
    const open = await ownConflicts(site);
    const due = open.filter(({ ref, copy }) => !known.has(copy.id) || changed.has(ref.id) || changed.has(copy.id));
    // Before checking them, so that no concurrent change is missed.
    known = new Set(open.flatMap(({ ref, copy }) => [ref.id, copy.id]));
    for (const { ref } of await closeSettled(site, due)) touched.add(ref.id);
  }
  await repeat(round, {
    signal: site.signal,
    clock: site,
    pause: POLL_MS,
    pauseFirst: true,
    failed(err) {
      known = new Set();
      isStirred = true;
      site.log.warn({ err }, 'resolved conflicts could not be cleared; retrying');
    },
  });
}

async function ownConflicts({ store: { db }, plan }: Site): Promise<OwnConflict[]> {
  const schema = siteSchema(plan.site);
  const [rows] = await db.query<RowDataPacket[]>(
    `SELECT c.seq, c.copy, v.folder, v.path FROM ${schema}.conflict c JOIN ${schema}.version v ON v.seq = c.seq
      WHERE c.origin = ? AND c.copy IS NOT NULL`,
    [plan.site],
  );
  return rows.map((row) => ({
    losing: { origin: plan.site, seq: Number(row.seq) },
    ref: refOf(text(row.folder), text(row.path)),
    copy: refOf(text(row.folder), text(row.copy)),
  }));
}

/** Returns those that are resolved but cannot be ended yet: the winner has not reached this disk. */
async function closeSettled(site: Site, conflicts: OwnConflict[]): Promise<OwnConflict[]> {
  const later: OwnConflict[] = [];
  const families = await loadFamilies(
    site.store.db,
    site,
    conflicts.flatMap(({ ref, copy }) => [ref, copy]),
  );
  for (const conflict of conflicts) {
    const { losing, ref, copy } = conflict;
    const [family, copies] = [families.get(ref.id) ?? [], families.get(copy.id) ?? []];
    if (!isSettled(losing, family, copies)) continue;
    const isOpen = headsOf(family).some((head) => sameId(head, losing));
    const by = headsOf(copies)[0]?.author ?? site.plan.site;
    if (isOpen && maySpeak(site, ref) && !(await settle(site, ref, by))) later.push(conflict);
    else
      await site.store.db.query(`DELETE FROM ${siteSchema(site.plan.site)}.conflict WHERE origin = ? AND seq = ?`, [
        losing.origin,
        losing.seq,
      ]);
  }
  return later;
}

function maySpeak({ plan }: Site, { folder }: PathRef): boolean {
  const mode = plan.folders.find(({ name }) => name === folder)?.mode;
  return mode === 'readWrite' || mode === 'sendOnly';
}
