import type { RowDataPacket } from 'mysql2/promise';
import { expect } from 'vitest';
import { siteSchema } from '../../src/database/schema.ts';
import type { TestSite } from './agents.ts';
import { treeOf } from './tree.ts';
import { until } from './until.ts';

const statuses = (sites: TestSite[]) => Promise.all(sites.map((site) => site.status()));

export const connected = (sites: TestSite[]) =>
  until(async () => (await statuses(sites)).every((one) => one.connected), 30_000, 'all connected');

/** Rows of every site as each site has them. */
async function rowsAt(site: TestSite): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {};
  for (const { name } of site.plan.sites) {
    for (const [table, columns] of [
      ['version', 'COUNT(*) AS n, MAX(seq) AS last, SUM(CRC32(CONCAT_WS(0, seq, path, size, sha256))) AS digest'],
      ['custody', 'COUNT(*) AS n, SUM(CRC32(CONCAT_WS(0, origin, held, known, missing))) AS digest'],
      ['transfer', 'COUNT(*) AS n'],
      ['conflict', 'COUNT(*) AS n'],
    ] as const) {
      const [[row]] = await site.database.pool.query<RowDataPacket[]>(
        `SELECT ${columns} FROM ${siteSchema(name)}.${table}`,
      );
      rows[`${name}.${table}`] = JSON.stringify(row);
    }
  }
  return rows;
}

/** Throws with what each site has to say against it. */
function allInSync(all: Record<string, unknown>[]): true {
  const against = all
    .filter(({ inSync, connected }) => !inSync || !connected)
    .map(({ name, connected, reasons, errors }) => JSON.stringify({ name, connected, reasons, errors }));
  if (against.length > 0) throw new Error(against.join('\n'));
  return true;
}

/** Trees and rows are the same at all sites, all say that they are in sync, and nobody complains. */
export async function agree(sites: TestSite[], timeoutMs = 60_000): Promise<void> {
  const state = async () =>
    Promise.all(sites.map(async (site) => ({ tree: treeOf(site.root), rows: await rowsAt(site) })));
  await until(
    async () => {
      const all = (await state()).map((one) => JSON.stringify(one));
      return all.every((one) => one === all[0]);
    },
    timeoutMs,
    'equal trees and rows',
  ).catch(async () => {
    const all = await state();
    for (const [i, site] of sites.entries())
      expect({ site: site.plan.site, ...all[i] }).toEqual({ site: site.plan.site, ...all[0] });
  });
  await until(async () => allInSync(await statuses(sites)), 30_000, 'all in sync');
  expect((await statuses(sites)).flatMap(({ errors }) => errors)).toEqual([]);
}
