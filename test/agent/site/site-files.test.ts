import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followFiles, readSiteFiles, type SiteFiles, withoutStrangers } from '../../../src/agent/site/site-files.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import { ownPlan, rosterOf } from '../../../src/topology/roster.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';
import { minimalPlan, testSecrets } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const dir = siteDir(mkdtempSync(join(tmpdir(), 'sitesync-files-')));
let abort: AbortController;
let plan: SitePlan;

/** Publishes a volume as the kubelet does: a new directory, then the `..data` link swapped by rename. */
function publish(volume: string, version: number, files: Record<string, string>): void {
  const data = `..${version}`;
  mkdirSync(join(volume, data), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(volume, data, name), text);
  symlinkSync(data, join(volume, '..data_tmp'));
  renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
  if (version === 0) for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(volume, name));
  else rmSync(join(volume, `..${version - 1}`), { recursive: true });
}

const publishPlan = (version: number, beatSeconds: number) =>
  publish(dir.config, version, {
    'plan.json': JSON.stringify(ownPlan(plan)),
    'roll.json': JSON.stringify(rosterOf([{ ...plan, beatSeconds }])),
  });

beforeEach(async () => {
  abort = new AbortController();
  plan = await minimalPlan('brazil', ['brazil', 'germany'], ['germany']);
  publishPlan(0, 1);
  publish(dir.keys, 0, { 'secrets.json': JSON.stringify(testSecrets([])) });
});
afterEach(() => {
  abort.abort();
  rmSync(dir.root, { recursive: true, force: true });
});

function follow(): SiteFiles[] {
  const seen: SiteFiles[] = [];
  const options = { log: pino({ level: 'silent' }), signal: abort.signal };
  followFiles(
    [dir.config, dir.keys],
    () => readSiteFiles(dir),
    options,
    (files) => void seen.push(files),
  );
  return seen;
}

test('every swap of a mounted ConfigMap or Secret is noticed, repeatedly', async () => {
  const seen = follow();
  for (let version = 1; version <= 5; version++) {
    publishPlan(version, version + 1);
    await until(() => seen.at(-1)?.plan.beatSeconds === version + 1, 3000);
  }
  publish(dir.keys, 1, { 'secrets.json': JSON.stringify(testSecrets(['germany'])) });
  await until(() => seen.at(-1)?.secrets.inbound['germany'], 3000);
  expect(seen).toHaveLength(6);
});

test('an unreadable file changes nothing, and the next one counts', async () => {
  const seen = follow();
  publish(dir.config, 1, { 'plan.json': '{"half' });
  publishPlan(2, 7);
  await until(() => seen.length > 0, 3000);
  expect(seen.map((files) => files.plan.beatSeconds)).toEqual([7]);
});

test('a neighbour whose passwords have not arrived is skipped', () => {
  const forwards = { local: [], remote: [] };
  const common = { dials: true, priority: 0, peerMysql: 1, peerRsync: 2, forwards, compress: false };
  const links = ['germany', 'australia'].map((peer) => ({ ...common, peer, kind: 'uplink' as const }));
  const told = withoutStrangers({ ...plan, links }, testSecrets(['australia']));
  expect(told.links.map(({ peer }) => peer)).toEqual(['australia']);
});
