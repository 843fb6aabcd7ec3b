import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { type SiteReport, Summary } from '../../../src/api/network-report.ts';
import { externalSites } from '../../../src/operator/network/bundles.ts';
import { createSiteMetrics } from '../../../src/operator/network/metrics.ts';
import { folderStatus } from '../../../src/operator/status/folder.ts';
import { siteStatus } from '../../../src/operator/status/site.ts';
import type { SiteFacts } from '../../../src/operator/status/site-facts.ts';
import { plan } from '../../../src/topology/plan.ts';
import { planHash } from '../../../src/topology/plan-hash.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const DAY = 86_400_000;
const resources = resourcesOf({
  hubs: ['office'],
  children: [{ name: 'laptop', hubs: ['office'], up: 'unlimited' }],
  folders: [],
});
resources.hubs[0]!.spec.address = 'sync.example:2222';
resources.sites.find(({ metadata }) => metadata.name === 'laptop')!.spec.placement = { external: true, maxAway: '14d' };
const laptop = plan(resources, { pods: true }).sites.find(({ site }) => site === 'laptop')!;

const seen = (over: Partial<SiteReport> = {}): SiteReport => ({
  name: 'laptop',
  role: 'child',
  via: null,
  connected: false,
  inSync: false,
  lagSeconds: 7 * 86_400,
  filesBehind: 3,
  bytesBehind: 3000,
  more: false,
  folders: { papers: { lagSeconds: 7 * 86_400, filesBehind: 3, bytesBehind: 3000 } },
  summary: Summary.parse({ connected: true, inSync: true, instance: 'abc.def', validUntil: NOW + 40 * DAY }),
  version: '0.1.0',
  disk: { free: 60e9, size: 100e9 },
  beatAt: NOW - 7 * DAY,
  heardAt: NOW - 7 * DAY,
  ...over,
});
const reportOf = (...sites: SiteReport[]) => ({ reporter: 'office', at: NOW, beatSeconds: 48, sites });
const conditionsOf = (site: SiteReport | undefined, over: Partial<SiteFacts> = {}) => {
  const { conditions = [] } = siteStatus({
    generation: 1,
    before: {},
    problems: [],
    plan: laptop,
    pod: undefined,
    report: reportOf(...(site ? [site] : [])),
    noReport: '',
    freshnessSeconds: 900,
    keys: { validUntil: NOW + 80 * DAY },
    now: NOW,
    ...over,
  });
  return Object.fromEntries(conditions.map((one) => [one.type, one]));
};
const here = seen({ connected: true, via: 'office', inSync: true, filesBehind: 0, folders: {}, lagSeconds: 0 });

describe('an external site', () => {
  it('that never joined says how to join', () => {
    for (const never of [
      seen({ heardAt: 0, beatAt: 0, summary: Summary.parse({}) }),
      seen({ summary: Summary.parse({}) }),
    ]) {
      const { Connected, Ready } = conditionsOf(never);
      expect(Connected).toMatchObject({ status: 'False', reason: 'NotJoined' });
      expect(Connected!.message).toContain(
        'npx sitesync bundle laptop -n default > laptop.bundle, and on its machine: npx sitesync join laptop.bundle',
      );
      expect(Ready).toMatchObject({ status: 'False', reason: 'NotJoined' });
    }
  });

  it('that is away says since when, and nothing about pods', () => {
    const all = conditionsOf(seen());
    expect(all.Connected).toMatchObject({ status: 'False', reason: 'Away' });
    expect(all.Connected!.message).toContain('since 2026-11-19T12:00:00Z');
    expect(all.Ready).toMatchObject({ status: 'False', reason: 'Away' });
    expect(all.InSync).toMatchObject({ status: 'Unknown' });
    expect(all.KeysValid).toMatchObject({ status: 'True' });
    expect(JSON.stringify(all)).not.toMatch(/pod|kubectl logs/i);
  });

  it('that was away for longer than the lifetime of its certificate needs a new bundle, and its status says so', () => {
    const late = seen({ summary: Summary.parse({ instance: 'abc.def', validUntil: NOW - 1 }) });
    expect(conditionsOf(late).KeysValid).toMatchObject({ status: 'False', reason: 'BundleExpired' });
    expect(conditionsOf(late).KeysValid!.message).toContain('npx sitesync bundle laptop');
  });

  it('that is heard is ready, and polls for its new plan itself', () => {
    const current = { ...here, summary: { ...here.summary, plan: planHash(laptop) } };
    expect(conditionsOf(current).Ready).toMatchObject({ status: 'True' });
    const old = { ...here, summary: { ...here.summary, plan: 'other' } };
    expect(conditionsOf(old).Reconciling).toMatchObject({ status: 'True', reason: 'PlanPending' });
    expect(conditionsOf(old).Reconciling!.message).toMatch(/checks for a new one every 30 seconds/);
    const full = { ...here, disk: { free: 1, size: 100 } };
    expect(conditionsOf(full).StorageHealthy!.message).toMatch(/Free up space on its machine/);
  });
});

describe('a folder with an external site', () => {
  const office = seen({ name: 'office', role: 'hub', connected: true, folders: {}, lagSeconds: 0 });
  const folder = (site: SiteReport, external: string[]) =>
    folderStatus({
      generation: 1,
      before: {},
      problems: [],
      report: reportOf(office, site),
      now: NOW,
      name: 'papers',
      members: ['laptop', 'office'],
      freshnessSeconds: 900,
      external,
    });

  it('is ready while that site is away, and says so; not so for a pod', () => {
    const away = folder(seen(), ['laptop']);
    expect(away.conditions![0]).toMatchObject({ status: 'True', reason: 'Fresh' });
    expect(away.conditions![0]!.message).toMatch(/Away: laptop$/);
    expect(away).toMatchObject({ sites: 2, sitesInSync: 1, lag: '0s' });
    expect(folder(seen(), []).conditions![0]).toMatchObject({ status: 'Unknown', reason: 'SitesNotHeard' });
  });

  it('lags when that site is connected and lags', () => {
    expect(folder(seen({ connected: true }), ['laptop']).conditions![0]).toMatchObject({
      status: 'False',
      reason: 'Lagging',
    });
  });
});

it('alerts know that it may be away, for how long, and when it was last heard', async () => {
  const registry = new Registry();
  const metrics = createSiteMetrics(registry);
  const external = externalSites(resources.sites);
  metrics.show('acme', ['laptop', 'office'], reportOf(seen()), {}, external);
  const text = await registry.metrics();
  expect(text).toContain('sitesync_site_external{network="acme",site="laptop"} 1');
  expect(text).toContain(`sitesync_site_max_away_seconds{network="acme",site="laptop"} ${14 * 86_400}`);
  expect(text).toContain(
    `sitesync_site_last_contact_timestamp_seconds{network="acme",site="laptop"} ${(NOW - 7 * DAY) / 1000}`,
  );
  expect(text).not.toMatch(/sitesync_site_external\{network="acme",site="office"\}/);
  metrics.show('acme', ['office'], reportOf(), {}, []);
  expect(await registry.metrics()).not.toContain('laptop');
});
