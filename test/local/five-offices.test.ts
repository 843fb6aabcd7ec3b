import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const yaml = readFileSync('manifests/five-offices.yaml', 'utf8');
let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork(yaml);
  await network.up();
});
afterAll(() => network.remove());

const at = (site: string, path: string) => join(network.root(site), path);

test('a file saved in brazil reaches the other four offices within moments', async () => {
  network.write('brazil', 'plans/bridge.dwg', 'lines and circles');
  await network.waitEqual(10_000);
  expect(readFileSync(at('newzealand', 'plans/bridge.dwg'), 'utf8')).toBe('lines and circles');
  await network.cli('wait', '--timeout', '20s');
});

test('every kind of change is synced: large files, edits, modes, times, links, empty directories, renames, deletions', async () => {
  const brazil = (path: string) => at('brazil', path);
  network.write('brazil', 'large.bin', Buffer.alloc(3_000_000, 'random enough'));
  network.write('brazil', 'old/name.txt', 'moved');
  network.write('brazil', 'gone.txt', 'deleted soon');
  mkdirSync(brazil('empty'));
  symlinkSync('plans/bridge.dwg', brazil('shortcut'));
  symlinkSync('/nowhere/at/all', brazil('dangling'));
  network.write('brazil', 'script.sh', '#!/bin/sh\n');
  chmodSync(brazil('script.sh'), 0o750);
  network.write('brazil', 'Übergrößen # ; \n*?.txt', 'a name that hurts');
  await network.waitEqual();
  renameSync(brazil('old'), brazil('new'));
  unlinkSync(brazil('gone.txt'));
  writeFileSync(at('spain', 'large.bin'), Buffer.alloc(3_000_000, 'random enough').fill('x', 1_000_000, 1_000_100));
  utimesSync(at('newzealand', 'script.sh'), 1_700_000_000, 1_700_000_000.5);
  await network.cli('wait', '--timeout', '60s');
  await network.waitEqual();
  const tree = network.tree('australia');
  expect(tree['new/name.txt']).toBeDefined();
  expect(Object.keys(tree).filter((name) => name.startsWith('old') || name.startsWith('gone'))).toEqual([]);
  expect(tree['script.sh']).toMatch(/^file 750 1700000000500000000 /);
});

test('ls, why, log and restore tell the truth', async () => {
  network.write('spain', 'report.txt', 'first');
  await network.cli('wait', '--timeout', '20s');
  network.write('germany', 'report.txt', 'second');
  await network.cli('wait', '--timeout', '20s');

  const everywhere = await until(
    async () => {
      const { sites } = await network.json('status', '--at', 'newzealand');
      return sites.every((site: { inSync: boolean; connected: boolean }) => site.inSync && site.connected) && sites;
    },
    20_000,
    'newzealand to know that all are in sync',
  );
  expect(everywhere.map(({ name, hub }: { name: string; hub: string | null }) => [name, hub])).toEqual([
    ['australia', null],
    ['brazil', 'germany'],
    ['germany', null],
    ['newzealand', 'australia'],
    ['spain', 'germany'],
  ]);
  const { entries } = await network.json('ls', 'newzealand', 'projects:report.txt');
  expect(entries[0].sites.map((s: { has: boolean }) => s.has)).toEqual([true, true, true, true, true]);
  const why = await network.json('why', 'projects:report.txt');
  expect(why.head.origin).toBe('germany');
  expect(why.sites.map((s: { state: string }) => s.state)).toEqual(['has', 'has', 'has', 'has', 'has']);
  const { versions } = await network.json('log', 'projects:report.txt');
  expect(versions.map((v: { origin: string; head: boolean }) => [v.origin, v.head])).toEqual([
    ['germany', true],
    ['spain', false],
  ]);
  expect(versions[0].base).toBe(versions[1].version);

  await network.cli('restore', `projects:report.txt@${versions[1].version}`, '--at', 'brazil');
  await network.cli('wait', '--timeout', '20s');
  await network.waitEqual();
  expect(readFileSync(at('newzealand', 'report.txt'), 'utf8')).toBe('first');
});

test('a disconnected office is shown as such, and catches up', async () => {
  const agent = await network.pidOf('spain', 'agent');
  process.kill(agent!, 'SIGSTOP');
  network.write('brazil', 'meanwhile.txt', 'spain sleeps');
  const waited = await network
    .cli('wait', '--timeout', '4s')
    .catch((error: { exitCode: number; stdout: string }) => error);
  expect(waited).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^spain: /m) });
  process.kill(agent!, 'SIGCONT');
  await network.cli('wait', '--timeout', '30s');
  await network.waitEqual();
});

test('a tree copied while processes of every kind are killed, twice each, is complete everywhere', async () => {
  for (let i = 0; i < 400; i++) network.write('brazil', `tree/${i % 20}/file ${i}`, `${i} `.repeat(1 + (i % 10) * 700));
  for (let round = 0; round < 2; round++) {
    await network.killProcess('brazil', 'agent');
    await network.killProcess('germany', 'database');
    await network.killProcess('brazil', 'ssh');
    await network.killProcess('germany', 'rsyncd');
    await network.killProcess('australia', 'sshd');
    for (let i = 0; i < 50; i++) network.write('spain', `more/${round}/${i}`, `${i}`.repeat(i * 100));
  }
  await network.cli('wait', '--timeout', '110s');
  await network.waitEqual();
  expect(Object.keys(network.tree('newzealand')).filter((name) => /^(tree|more)\//.test(name)).length).toBe(
    20 + 400 + 2 + 100,
  );
}, 240_000);

test('after a stop and start it continues where it was', async () => {
  await network.down();
  network.write('newzealand', 'while-off.txt', 'nobody watched');
  rmSync(at('germany', 'more'), { recursive: true });
  await network.up();
  await network.cli('wait', '--timeout', '60s');
  await network.waitEqual();
  await until(() => readFileSync(at('brazil', 'while-off.txt'), 'utf8') === 'nobody watched');
  expect(Object.keys(network.tree('spain')).filter((name) => name.startsWith('more'))).toEqual([]);
});
