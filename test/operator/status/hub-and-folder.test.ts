import { describe, expect, it } from 'vitest';
import { type NetworkReport, type SiteReport, Summary } from '../../../src/api/network-report.ts';
import { HubStatus, SyncFolderStatus } from '../../../src/api/status.ts';
import { folderStatus } from '../../../src/operator/status/folder.ts';
import { hubStatus } from '../../../src/operator/status/hub.ts';
import { plan } from '../../../src/topology/plan.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const children = ['brazil', 'spain'].map((name) => ({ name, hubs: ['germany'], up: 'unlimited' }));
const plans = plan(resourcesOf({ hubs: ['germany'], children, folders: [] }), { pods: true }).sites;
const members = ['brazil', 'germany', 'spain'];

const site = (name: string, over: Partial<SiteReport> = {}): SiteReport => ({
  name,
  role: name === 'germany' ? 'hub' : 'child',
  via: name === 'germany' ? null : 'germany',
  connected: true,
  inSync: true,
  lagSeconds: 0,
  filesBehind: 0,
  bytesBehind: 0,
  more: false,
  folders: {},
  summary: Summary.parse({}),
  version: '0.1.0',
  disk: { free: 60e9, size: 100e9 },
  beatAt: NOW,
  ...over,
});
const told = (...sites: SiteReport[]): NetworkReport => ({ reporter: 'germany', at: NOW, beatSeconds: 48, sites });
const lacks = (lagSeconds: number) =>
  site('spain', { inSync: false, folders: { projects: { lagSeconds, filesBehind: 1, bytesBehind: 9 } } });
const ready = (status: { conditions?: HubStatus['conditions'] }) => {
  const { status: word, reason } = status.conditions!.find(({ type }) => type === 'Ready')!;
  return `${word} ${reason}`;
};
const common = { generation: 1, problems: [], before: {}, now: NOW };

describe('the status of a folder', () => {
  const folder = (report: NetworkReport | undefined, wanted: string[] | undefined = members) =>
    folderStatus({ ...common, report, name: 'projects', members: wanted, freshnessSeconds: 900 });

  it.each<[string, NetworkReport | undefined, string, object]>([
    ['all hold all', told(...members.map((name) => site(name))), 'True Fresh', { sites: 3, sitesInSync: 3, lag: '0s' }],
    [
      'one lacks what was saved just now',
      told(site('brazil'), site('germany'), lacks(0)),
      'True Fresh',
      { sitesInSync: 3, lag: '0s' },
    ],
    [
      'one lacks something old',
      told(site('brazil'), site('germany'), lacks(1000)),
      'False Lagging',
      { sitesInSync: 2, lag: '16m' },
    ],
    [
      'one is not heard',
      told(site('brazil', { connected: false }), site('germany'), site('spain')),
      'Unknown SitesNotHeard',
      { sitesInSync: 2 },
    ],
    [
      'the hub does not know one yet',
      told(site('germany'), site('spain')),
      'Unknown SitesNotHeard',
      { sitesInSync: 2 },
    ],
    ['no hub answers', undefined, 'Unknown NoReport', { sites: 3 }],
  ])('when %s', (_, report, expected, more) => {
    const status = folder(report);
    expect(ready(status)).toBe(expected);
    expect(status).toMatchObject(more);
    expect(SyncFolderStatus.parse(status)).toEqual(status);
  });

  it('without effect is not ready', () => {
    const problems = [{ reason: 'names no site', remedy: 'Name one' }];
    const status = folderStatus({
      ...common,
      problems,
      report: told(),
      name: 'projects',
      members: undefined,
      freshnessSeconds: 0,
    });
    expect(ready(status)).toBe('False InvalidSpec');
    expect(status.conditions!.find(({ type }) => type === 'Stalled')!.message).toContain('names no site. Name one');
  });
});

describe('the status of a hub', () => {
  const germany = plans.find((one) => one.site === 'germany')!;
  const hub = (report: NetworkReport | undefined, conditions?: HubStatus['conditions'], address?: string) =>
    hubStatus({ ...common, report, plan: germany, address, site: conditions && { conditions } });
  const working = (status: 'True' | 'Unknown') => [
    { type: 'Ready', status, reason: 'Working', message: 'The site is syncing', lastTransitionTime: '' },
  ];

  it('is that of its site, with the children connected to it', () => {
    const status = hub(told(site('germany'), site('brazil'), site('spain', { connected: false })), working('True'));
    expect(ready(status)).toBe('True Working');
    expect(status).toMatchObject({ children: 2, connectedChildren: 1 });
    expect(HubStatus.parse(status)).toEqual(status);
    expect(ready(hub(told(), working('Unknown')))).toBe('Unknown Working');
  });

  it('has its configured address, else that of its Service', () => {
    expect(hub(told())).toMatchObject({ address: 'germany-hub.default.svc:2222' });
    expect(hub(told(), [], 'sync.example:443')).toMatchObject({ address: 'sync.example:443' });
  });

  it('says nothing about its children while its agent is silent', () => {
    const heard = told(site('germany', { connected: false }), site('brazil', { connected: false, via: null }));
    const status = hubStatus({ ...common, report: heard, plan: germany, address: undefined, site: {}, isSilent: true });
    expect(status.children).toBe(2);
    expect(status).not.toHaveProperty('connectedChildren');
  });

  it('is unknown until its site was checked', () => {
    const status = hub(undefined);
    expect(ready(status)).toBe('Unknown NotSeen');
    expect(status).not.toHaveProperty('connectedChildren');
  });
});
