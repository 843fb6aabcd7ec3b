import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../src/database/schema.ts';
import { sha256, unlessGone } from '../../test/support/tree.ts';
import type { Evidence, JournalRow } from './invariants.ts';
import type { Tree } from './look.ts';
import type { Star } from './network.ts';
import { SITES, type SiteName } from './star.ts';

/** The contents of trees and archives. */
export function lookAtContents(
  star: Star,
  trees: ReadonlyMap<SiteName, Tree>,
): Pick<Evidence, 'findable' | 'rotten' | 'shared' | 'staged'> {
  const findable = new Set<string>();
  const [rotten, shared, staged]: [string[], string[], string[]] = [[], [], []];
  for (const site of SITES) {
    const own = join(star.rootOf(site), '.sitesync');
    const inodes = new Set<bigint>();
    for (const { sha256: hash, ino } of trees.get(site)?.values() ?? []) {
      if (hash !== undefined) findable.add(hash);
      inodes.add(ino);
    }
    for (const file of filesBelow(join(own, 'archive'))) {
      const name = file.slice(file.lastIndexOf('/') + 1);
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      const hash = unlessGone(() => sha256(readFileSync(file)));
      if (hash === name) findable.add(hash);
      else if (hash !== undefined) rotten.push(`${site}: ${name}`);
      if (inodes.has(unlessGone(() => lstatSync(file, { bigint: true }).ino) ?? -1n)) shared.push(`${site}: ${name}`);
    }
    staged.push(...filesBelow(join(own, 'staging')).map((file) => `${site}: ${file.slice(own.length + 1)}`));
  }
  return { findable, rotten, shared, staged };
}

function filesBelow(dir: string): string[] {
  const entries = unlessGone(() => readdirSync(dir, { recursive: true, withFileTypes: true })) ?? [];
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** The journal of each site from its own database, and what all databases say about each. */
export async function readJournals(star: Star): Promise<Pick<Evidence, 'versions' | 'journals'>> {
  const versions: JournalRow[] = [];
  const journals = new Map<string, Record<string, string>>(SITES.map((site) => [site, {}]));
  for (const site of SITES) {
    const connection = await createConnection({
      socketPath: join(star.dir(site).mysql.data, 'mysql.sock'),
      user: 'root',
    }).catch(() => undefined);
    for (const origin of SITES) {
      const said = await connection?.query<RowDataPacket[]>(
        `SELECT COUNT(*) AS n, MAX(seq) AS newest, BIT_XOR(CRC32(CONCAT_WS('|', seq, HEX(path), kind, HEX(sha256), clock))) AS sum
           FROM ${siteSchema(origin)}.version`,
      );
      const row = said?.[0][0];
      journals.get(origin)![site] = row ? `${row.n} versions up to ${row.newest}, sum ${row.sum}` : 'not to be asked';
    }
    const [rows] = (await connection?.query<RowDataPacket[]>(
      `SELECT seq, path, kind, HEX(sha256) AS sha256,
              CONCAT(base_origin, '.', base_seq) AS base, merges IS NOT NULL AS merges,
              CONCAT_WS(' ', 'merges', merges, 'clock', clock, 'at', detected_at) AS more
         FROM ${siteSchema(site)}.version`,
    )) ?? [[]];
    for (const { seq, path, kind, sha256: hash, base, merges, more } of rows) {
      const file = kind === 'file' ? { sha256: String(hash).toLowerCase() } : {};
      versions.push({
        origin: site,
        seq: Number(seq),
        path: path.toString('latin1'),
        kind,
        ...file,
        ...(base !== null && { base: String(base) }),
        merges: Boolean(merges),
        more: String(more),
      });
    }
    await connection?.end();
  }
  return { versions, journals };
}

/** Agents that exited on their own, according to the supervisor's log. */
export function endedAlone(star: Star): string[] {
  const lines = unlessGone(() => readFileSync(join(star.data, 'supervisor.log'), 'utf8')) ?? '';
  return lines.split('\n').filter((line) => /"msg":"agent ended with code [1-9]/.test(line));
}
