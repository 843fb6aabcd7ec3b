import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { SiteView } from '../site/site.ts';
import { currentCustody, loadCustody } from '../store/custody.ts';
import { originsOf } from '../store/family.ts';
import { loadHeads } from '../store/head.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { text } from '../store/rows.ts';
import { chunks } from '../store/sql.ts';
import { type Custody, has } from '../versions/custody.ts';
import type { Kept } from './retention.ts';

/** A previous version is safe to remove when its successor is at this many sites, or at all that share the folder. */
const SITES = 2;

/**
 * Which archived versions may be removed: those whose path has a head that at least two sites hold according to custody.
 * Until then this disk may be the only one with either. Content that is also in the tree here, under any name, is not the
 * only copy.
 */
export function removable(site: SiteView, { plan }: OpenFolder): (kept: Kept[]) => Promise<Kept[]> {
  const custody = new Map<string, Promise<Map<string, Custody>>>();
  const load = (member: string) =>
    member === site.plan.site ? currentCustody(site.store) : loadCustody(site.store.db, member);
  const custodyOf = (member: string) => {
    const known = custody.get(member) ?? load(member);
    custody.set(member, known);
    return known;
  };
  // This site first, then its neighbours: that usually suffices.
  const neighbours = new Set(site.plan.links.map(({ peer }) => peer));
  const nearness = (member: string) => (member === site.plan.site ? 0 : neighbours.has(member) ? 1 : 2);
  const members = plan.members.toSorted((a, b) => nearness(a) - nearness(b));
  const wanted = Math.min(SITES, members.length);

  async function isHeldEnough(head: { origin: string; seq: number }): Promise<boolean> {
    let holders = 0;
    for (const member of members) {
      if (has(member, await custodyOf(member), head)) holders++;
      if (holders >= wanted) return true;
    }
    return false;
  }

  return async (kept) => {
    const refs = await refsOf(site, plan.name, kept);
    const heads = await loadHeads(site.store.db, [...refs.values()]);
    const free: Kept[] = [];
    const doubtful: Kept[] = [];
    for (const one of kept) {
      const ref = refs.get(one);
      const head = ref && heads.get(ref.id);
      (!head || (await isHeldEnough(head)) ? free : doubtful).push(one);
    }
    return [...free, ...(await inTree(site, plan.name, doubtful))];
  };
}

/**
 * The paths of archived versions, according to their rows. Those without a row, such as an edit that was never shared, have
 * none.
 */
async function refsOf(site: SiteView, folder: string, kept: Kept[]): Promise<Map<Kept, PathRef>> {
  const refs = new Map<Kept, PathRef>();
  const known = new Set(originsOf(site));
  for (const [origin, group] of Map.groupBy(kept, (one) => one.origin)) {
    if (!known.has(origin)) continue;
    for (const part of chunks(group)) {
      const [rows] = await site.store.db.query<RowDataPacket[]>(
        `SELECT seq, path FROM ${siteSchema(origin)}.version WHERE seq IN (?)`,
        [part.map(({ seq }) => seq)],
      );
      const paths = new Map(rows.map((row) => [Number(row.seq), text(row.path)]));
      for (const one of part) {
        const path = paths.get(one.seq);
        const ref = path === undefined ? undefined : refOf(folder, path);
        // Compare the key: a row that was forged since must not stand for another path.
        if (ref?.pathKey.equals(one.pathKey)) refs.set(one, ref);
      }
    }
  }
  return refs;
}

async function inTree(site: SiteView, folder: string, kept: Kept[]): Promise<Kept[]> {
  const found: Kept[] = [];
  for (const part of chunks(kept)) {
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      'SELECT DISTINCT sha256 FROM local.`index` WHERE sha256 IN (?) AND folder = ?',
      [part.map(({ sha256 }) => sha256), folder],
    );
    const there = new Set(rows.map((row) => row.sha256.toString('hex')));
    found.push(...part.filter(({ sha256 }) => there.has(sha256.toString('hex'))));
  }
  return found;
}
