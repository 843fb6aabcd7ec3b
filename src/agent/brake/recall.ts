import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import { originsOf } from '../journal/family.ts';
import { refOf } from '../journal/path-ref.ts';
import { text } from '../journal/rows.ts';
import { chunks } from '../journal/sql.ts';
import { sameContent } from '../journal/version.ts';
import type { Site } from '../site.ts';
import { WINDOW_MS } from './brake.ts';

/** More than this within a minute is too much in any case. */
const MOST = 50_000;

interface Loss {
  folder: string;
  id: string;
  at: number;
  is: 'deleted' | 'overwritten';
}

/**
 * Counts what an earlier run of the agent journaled or held within the last minute, so that a restart in the middle of a mass
 * deletion lets no more of it flow than no restart would. Not counted, as then: what a person did, and what moved.
 */
export async function recallRecent(site: Site): Promise<void> {
  const after = site.now() - WINDOW_MS;
  const rows = await recentRows(site, after);
  const first = rows.at(-1);
  site.brake.remember(after, first ? Number(first.seq) - 1 : site.counters.seq);
  const journaled = first ? await lossesOf(site, rows, Number(first.seq)) : [];
  const losses = [...journaled, ...(await recentlyHeld(site, after))].toSorted((a, b) => a.at - b.at);
  for (const { folder, id, at, is } of losses) site.brake.recent(folder)[is].add([id], at);
}

/** Own versions of the last minute, the newest first. */
async function recentRows(site: Site, after: number): Promise<RowDataPacket[]> {
  const me = site.plan.site;
  const [rows] = await site.db.query<RowDataPacket[]>(
    `SELECT seq, folder, path, kind, sha256, base_origin, base_seq, author, detected_at
       FROM ${siteSchema(me)}.version ORDER BY seq DESC LIMIT ?`,
    [MOST],
  );
  const older = rows.findIndex((row) => Number(row.detected_at) < after);
  return older < 0 ? rows : rows.slice(0, older);
}

async function lossesOf(site: Site, rows: RowDataPacket[], since: number): Promise<Loss[]> {
  const me = site.plan.site;
  const known = new Set(originsOf(site));
  const found: Loss[] = [];
  const made = rows.filter((row) => text(row.author) === me && row.base_origin && known.has(text(row.base_origin)));
  for (const [origin, group] of Map.groupBy(made, (row) => text(row.base_origin))) {
    for (const part of chunks(group)) {
      const bases = await contentsOf(
        site,
        origin,
        part.map((row) => Number(row.base_seq)),
      );
      const gone = part.flatMap((row) => {
        const base = bases.get(Number(row.base_seq));
        return row.kind === 'deleted' && base?.sha256 ? [base.sha256] : [];
      });
      const moved = await cameUp(site, gone, since);
      for (const row of part) {
        const base = bases.get(Number(row.base_seq));
        if (!base || base.kind === 'dir' || base.kind === 'deleted' || row.kind === 'dir') continue;
        const isDeletion = row.kind === 'deleted';
        if (isDeletion ? base.sha256 && moved.has(base.sha256.toString('hex')) : sameContent(base, readContent(row)))
          continue;
        const folder = text(row.folder);
        const { id } = refOf(folder, text(row.path));
        found.push({ folder, id, at: Number(row.detected_at), is: isDeletion ? 'deleted' : 'overwritten' });
      }
    }
  }
  return found;
}

const readContent = (row: RowDataPacket) => ({ kind: row.kind, ...(row.sha256 && { sha256: row.sha256 as Buffer }) });

async function contentsOf(site: Site, origin: string, seqs: number[]) {
  const [rows] = await site.db.query<RowDataPacket[]>(
    `SELECT seq, kind, sha256 FROM ${siteSchema(origin)}.version WHERE seq IN (?)`,
    [seqs],
  );
  return new Map(rows.map((row) => [Number(row.seq), readContent(row)]));
}

/** Contents that stand in the tree since then under another name. */
async function cameUp(site: Site, contents: Buffer[], since: number): Promise<Set<string>> {
  if (contents.length === 0) return new Set();
  const [rows] = await site.db.query<RowDataPacket[]>(
    'SELECT DISTINCT sha256 FROM local.`index` WHERE sha256 IN (?) AND origin = ? AND seq >= ?',
    [contents, site.plan.site, since],
  );
  return new Set(rows.map((row) => row.sha256.toString('hex')));
}

async function recentlyHeld(site: Site, after: number): Promise<Loss[]> {
  const [rows] = await site.db.query<RowDataPacket[]>(
    "SELECT folder, path, kind, since FROM local.held WHERE decided = 1 AND was_kind <> 'dir' AND since >= ? LIMIT ?",
    [after, MOST],
  );
  return rows.map((row) => ({
    folder: text(row.folder),
    id: refOf(text(row.folder), text(row.path)).id,
    at: Number(row.since),
    is: row.kind === 'deleted' ? 'deleted' : 'overwritten',
  }));
}
