import type { Pool, RowDataPacket } from 'mysql2/promise';
import { openSeedDatabase } from '../../../database/connect.ts';
import { siteSchema } from '../../../database/schema.ts';
import { transaction } from '../../../database/transaction.ts';
import { announce, bringInStep, commit } from '../../apply/apply-heads.ts';
import { headOfFamily } from '../../journal/advance.ts';
import type { Site } from '../../site/site.ts';
import { loadFamilies } from '../../store/family.ts';
import { saveHeads } from '../../store/head.ts';
import { loadIndex, UNVERSIONED } from '../../store/index-entry.ts';
import { type PathRef, refOf } from '../../store/path-ref.ts';
import { dropPending } from '../../store/pending.ts';
import { readVersion, VERSION_COLUMNS } from '../../store/rows.ts';
import { sameContent, sameId } from '../../versions/version.ts';
import type { Range } from './digests.ts';

/** The outcome for one range. */
export interface Repaired {
  /** Rows that were missing or different here, and now equal the neighbour's. */
  rows: number;
  /** Numbers for which the neighbour has no row: it has lost something. */
  theirLoss: number;
}

/**
 * Copies the rows of a range again from a neighbour where they differ, without logging: every site repairs its own copy.
 * Derived state is recomputed. A row that breaks a rule is skipped; nothing is removed.
 */
export async function repairRange(site: Site, peer: Pool, origin: string, range: Range): Promise<Repaired> {
  const table = `${siteSchema(origin)}.version`;
  const select = `SELECT ${VERSION_COLUMNS} FROM ${table} WHERE seq BETWEEN ? AND ?`;
  const [mine] = await site.store.db.query<RowDataPacket[]>(select, range);
  const [theirs] = await peer.query<RowDataPacket[]>(select, range);
  const here = new Map(mine.map((row) => [Number(row.seq), row]));
  const there = new Set(theirs.map((row) => Number(row.seq)));
  const wrong = theirs.filter((row) => {
    const own = here.get(Number(row.seq));
    return typeof readVersion(origin, row) !== 'string' && (!own || textOf(own) !== textOf(row));
  });
  if (wrong.length > 0) {
    await rewrite(site, table, wrong);
    const touched = [...wrong, ...wrong.flatMap((row) => here.get(Number(row.seq)) ?? [])];
    await followAgain(site, refsOf(origin, touched));
  }
  return { rows: wrong.length, theirLoss: [...here.keys()].filter((seq) => !there.has(seq)).length };
}

const textOf = (row: RowDataPacket) =>
  JSON.stringify(Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))));

async function rewrite(site: Site, table: string, rows: RowDataPacket[]): Promise<void> {
  const seed = openSeedDatabase(site.plan, site.secrets);
  try {
    const connection = await seed.getConnection();
    await connection.query('SET SESSION sql_log_bin = 0');
    const columns = Object.keys(rows[0]!);
    await connection.query(`REPLACE INTO ${table} (??) VALUES ?`, [
      columns,
      rows.map((row) => columns.map((column) => row[column])),
    ]);
    connection.destroy();
  } finally {
    await seed.end();
  }
}

function refsOf(origin: string, rows: RowDataPacket[]): PathRef[] {
  const refs = rows.flatMap((row) => {
    const version = readVersion(origin, row);
    return typeof version === 'string' ? [] : [refOf(version.folder, version.path)];
  });
  return [...new Map(refs.map((ref) => [ref.id, ref])).values()];
}

/** Recomputes the heads of these paths from their versions, and updates the tree. */
function followAgain(site: Site, refs: PathRef[]): Promise<void> {
  return site.store.lock(async () => {
    const families = await loadFamilies(
      site.store.db,
      site,
      refs,
      (name) => site.store.counters.progress.get(name) ?? 0,
    );
    const heads = refs.flatMap((ref) => headOfFamily(ref, families.get(ref.id) ?? []) ?? []);
    const index = await loadIndex(
      site.store.db,
      heads.map(({ ref }) => ref),
    );
    const wants = heads.map((head) => {
      const entry = index.get(head.ref.id);
      // It was placed according to the earlier row: its times and mode may differ.
      const isDoubtful = entry && sameId(entry, head) && sameContent(entry, head);
      return { head, index: isDoubtful ? { ...entry, ...UNVERSIONED } : entry };
    });
    const steps = await bringInStep(site, wants);
    await transaction(site.store.db, async (tx) => {
      await saveHeads(tx, heads);
      await dropPending(
        tx,
        heads.map(({ ref }) => ref),
      );
      await commit(site, tx, steps);
    });
    announce(site, steps);
    site.wake.heads.publish(heads);
  });
}
