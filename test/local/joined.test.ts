import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sshCommand } from '../../src/agent/link/ssh.ts';
import { readPlan } from '../../src/agent/site-files.ts';
import { machine, startHubs } from '../support/external.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name, namespace: 'acme' }, spec });
const yaml = (port: number, ...folders: string[]) =>
  [
    object('Site', 'office', {}),
    object('Hub', 'office', { address: `127.0.0.1:${port}`, listen: `127.0.0.1:${port}` }),
    object('Site', 'laptop', { hubs: [{ name: 'office' }], placement: { external: true } }),
    ...['papers', ...folders].map((name) => object('SyncFolder', name, { selector: {} })),
  ].join('\n---\n');

let hubs: Awaited<ReturnType<typeof startHubs>>;
let laptop: ReturnType<typeof machine>;
beforeAll(async () => {
  hubs = await startHubs(yaml);
  laptop = machine(hubs.temp, 'laptop');
}, 90_000);
afterAll(async () => {
  await laptop?.down();
  await hubs?.stop();
}, 60_000);

const office = (path: string) => join(hubs.root('office', 'papers'), path);
const mine = (path: string) => join(laptop.data.site('laptop').folder('papers'), path);
const crosses = (from: string, to: string, text: string) => {
  writeFileSync(from, text);
  return until(() => existsSync(to) && readFileSync(to, 'utf8') === text, 40_000, `${from} to be at ${to}`);
};

test('a machine joins: ports that are taken are others, files that it has are adopted, files cross both ways', async () => {
  const content = 'the same on both\n'.repeat(10_000);
  writeFileSync(office('same.txt'), content);
  mkdirSync(laptop.data.site('laptop').folder('papers'), { recursive: true });
  writeFileSync(mine('same.txt'), content);
  utimesSync(mine('same.txt'), statSync(office('same.txt')).atime, statSync(office('same.txt')).mtime);
  const { ino } = statSync(mine('same.txt'));
  const planned = await hubs.planOf('laptop');
  const squatter = createServer().listen(planned.ports.api, '127.0.0.1');
  try {
    await laptop.join(hubs.bundle('laptop'));
  } finally {
    squatter.close();
  }
  const plan = readPlan(laptop.data.site('laptop'));
  expect(plan.ports.api).not.toBe(planned.ports.api);
  expect(plan.ports.mysql).toBe(planned.ports.mysql);
  await crosses(office('from-office.txt'), mine('from-office.txt'), 'hello');
  await crosses(mine('from-laptop.txt'), office('from-laptop.txt'), 'hello back');
  expect(statSync(mine('same.txt')).ino).toBe(ino);
  const { stdout } = await laptop.cli('log', 'papers:same.txt', '--json');
  expect((JSON.parse(stdout) as { versions: unknown[] }).versions).toHaveLength(1);
}, 120_000);
