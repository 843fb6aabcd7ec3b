import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writePlan } from '../../../src/agent/site/site-files.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';
import { FOUR_SITES, startSites } from '../../support/agents.ts';
import { treeOf } from '../../support/tree.ts';
import { until } from '../../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);
const LATE = ['brazil', 'germany'];

beforeAll(async () => {
  sites = await startSites({
    ...FOUR_SITES,
    beatSeconds: 3,
  });
}, 60_000);
afterAll(() => sites?.stop());

const without = (plan: SitePlan): SitePlan => ({
  ...plan,
  sites: plan.sites.filter(({ name }) => name !== 'newzealand'),
  folders: plan.folders.map((folder) => ({
    ...folder,
    members: folder.members.filter((name) => name !== 'newzealand'),
  })),
});

/** As if nothing had ever come from newzealand: the plan does not list it, and the database has no row of it. */
async function forget(name: string): Promise<void> {
  const site = sites.get(name);
  await site.killAgent();
  writePlan(site.dir, without(site.plan));
  await site.startAgent();
  await until(async () => (await site.status()).connected, 20_000, `${name} to be connected`);
  const root = await site.database.asRoot();
  await root.query('SET SESSION sql_log_bin = 0');
  for (const table of ['version', 'content', 'custody', 'beat', 'transfer', 'conflict'])
    await root.query(`DELETE FROM site_newzealand.${table}`);
  await root.query("DELETE FROM local.progress WHERE origin = 'newzealand'");
  root.destroy();
}

it.each(LATE)(
  'a site that %s learns of late, after its rows were dropped: its files come all the same',
  async (last) => {
    for (const name of LATE) await forget(name);
    const [before, after] = [`before ${last} knows`, `after ${last} knows`];
    writeFileSync(at('newzealand', before), 'from the new site');
    await until(() => existsSync(at('australia', before)), 20_000, 'the file at its own hub');
    writeFileSync(at('australia', `marker ${last}`), 'x');
    await until(() => existsSync(at('brazil', `marker ${last}`)), 20_000, 'what came after it at brazil');
    for (const name of LATE) {
      const [rows] = await sites
        .get(name)
        .database.pool.query<RowDataPacket[]>('SELECT * FROM site_newzealand.version');
      expect(rows).toEqual([]);
    }
    for (const name of [...LATE.filter((one) => one !== last), last]) {
      writePlan(sites.get(name).dir, sites.get(name).plan);
      await until(
        async () => JSON.stringify(await sites.get(name).status()).includes('"connected":true'),
        20_000,
        `${name} to follow`,
      );
    }
    writeFileSync(at('newzealand', after), 'also');
    for (const name of LATE) {
      await until(() => existsSync(at(name, after)), 60_000, `what came afterwards at ${name}`);
      await until(() => existsSync(at(name, before)), 60_000, `the dropped one at ${name}`);
    }
    await until(
      () => sites.all().every(({ root }) => JSON.stringify(treeOf(root)) === JSON.stringify(treeOf(at('newzealand')))),
      30_000,
      'equal trees',
    );
  },
  180_000,
);
