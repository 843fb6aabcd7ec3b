import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPlan, writePlan } from '../../src/agent/site/site-files.ts';
import { siteSchemasSql } from '../../src/database/schema.ts';
import { runInitSql } from '../../src/local/run-init-sql.ts';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });

let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork(
    [
      object('Site', 'germany', {}),
      object('Hub', 'germany', {}),
      object('SyncFolder', 'projects', { selector: {} }),
    ].join('\n---\n'),
  );
  await network.up();
});
afterAll(() => network?.remove());

const listed = async (folder: string, name: string) =>
  (await network.cli('ls', 'germany', folder, '--json').then(({ stdout }) => stdout, String)).includes(`"${name}"`);

test('a new folder is watched even if the plan names a site whose tables the database gets only later, as in a pod', async () => {
  const dir = network.data.site('germany');
  const plan = readPlan(dir);
  const [projects] = plan.folders;
  writePlan(dir, {
    ...plan,
    sites: [...plan.sites, { name: 'late', id: 4711, role: 'child', hub: 'germany' }],
    folders: [projects!, { ...projects!, name: 'later', members: ['germany'] }],
  });
  await until(
    () =>
      network.json('ls', 'germany', 'later').then(
        () => true,
        (error: Error) => /late|exist/.test(error.message),
      ),
    20_000,
    'the plan to arrive',
  );
  writeFileSync(dir.mysql.init, siteSchemasSql(['late']));
  await runInitSql(dir);
  await until(
    () => {
      writeFileSync(`${dir.folder('later')}/new.txt`, 'seen');
      return true;
    },
    20_000,
    'the folder',
  );
  await until(() => listed('later', 'new.txt'), 30_000, 'a file of it to be in the journal');
  expect(await listed('later', 'new.txt')).toBe(true);
}, 90_000);
