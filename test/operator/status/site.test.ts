import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkReport, type SiteReport, Summary } from '../../../src/api/network-report.ts';
import { type SiteStatus, SiteStatus as Status } from '../../../src/api/status.ts';
import { transitions } from '../../../src/operator/status/conditions.ts';
import { age, behind, disk, size } from '../../../src/operator/status/format.ts';
import { siteStatus } from '../../../src/operator/status/site.ts';
import type { SiteFacts } from '../../../src/operator/status/site-facts.ts';
import { problem } from '../../../src/problems/problem.ts';
import { plan } from '../../../src/topology/plan.ts';
import { planHash } from '../../../src/topology/plan-hash.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const plans = plan(
  resourcesOf({ hubs: ['germany'], children: [{ name: 'brazil', hubs: ['germany'], up: 'unlimited' }], folders: [] }),
).sites;
const brazil = plans.find(({ site }) => site === 'brazil')!;

const seen = (over: Partial<SiteReport> = {}): SiteReport => ({
  name: 'brazil',
  role: 'child',
  via: 'germany',
  connected: true,
  inSync: true,
  lagSeconds: 0,
  filesBehind: 0,
  bytesBehind: 0,
  more: false,
  folders: {},
  summary: Summary.parse({ connected: true, inSync: true }),
  version: '0.1.0',
  disk: { free: 60e9, size: 100e9 },
  beatAt: NOW - 20_000,
  ...over,
});
const facts = (over: Partial<SiteFacts> = {}, site: SiteReport | undefined = seen()): SiteFacts => ({
  generation: 3,
  before: {},
  problems: [],
  plan: brazil,
  applyError: undefined,
  pod: { ready: true },
  report: { reporter: 'germany', at: NOW, beatSeconds: 48, sites: site ? [site] : [] },
  noReport: '',
  freshnessSeconds: 900,
  keys: { validUntil: NOW + 60 * 86_400_000 },
  now: NOW,
  ...over,
});
const say = (status: SiteStatus, type: string) => {
  const { status: word, reason } = status.conditions!.find((one) => one.type === type)!;
  return `${word} ${reason}`;
};

describe('the status of a site', () => {
  it('is ready when it is connected, healthy and has everything', () => {
    const status = siteStatus(facts());
    expect(
      ['Ready', 'Connected', 'Replicating', 'InSync', 'StorageHealthy', 'Stalled', 'Reconciling'].map((type) =>
        say(status, type),
      ),
    ).toEqual([
      'True Working',
      'True Heard',
      'True Running',
      'True HoldsAll',
      'True Usable',
      'False Valid',
      'False Done',
    ]);
    expect(status).toMatchObject({
      hub: 'germany',
      lag: '0s',
      behind: '-',
      lastContact: 'now',
      disk: '60% of 100 GB free',
    });
  });

  it.each<[string, Partial<SiteFacts>, Partial<SiteReport>, string, string]>([
    ['no hub answers', { report: undefined, noReport: 'germany: refused' }, {}, 'Connected', 'Unknown NoReport'],
    ['no hub answers', { report: undefined, noReport: 'germany: refused' }, {}, 'Ready', 'Unknown NoReport'],
    ['no hub answers', { report: undefined, noReport: 'germany: refused' }, {}, 'InSync', 'Unknown NotSeen'],
    ['nobody hears it', {}, { connected: false, inSync: false, via: null }, 'Ready', 'False NotHeard'],
    ['nobody hears it', {}, { connected: false, inSync: false, via: null }, 'InSync', 'Unknown NotSeen'],
    ['its hub is silent', { silentHub: 'germany' }, { connected: false, via: null }, 'Connected', 'Unknown HubSilent'],
    ['its hub is silent', { silentHub: 'germany' }, { connected: false, via: null }, 'Ready', 'Unknown HubSilent'],
    ['its hub is silent', { silentHub: 'germany' }, { connected: false, via: null }, 'InSync', 'Unknown NotSeen'],
    ['it is silent', { silentHub: 'brazil' }, { connected: false, via: null }, 'Connected', 'Unknown AgentSilent'],
    ['it lacks something young', {}, { inSync: false, filesBehind: 2, lagSeconds: 30 }, 'Ready', 'True Working'],
    ['it lacks something new', {}, { inSync: false, filesBehind: 2, lagSeconds: 29 }, 'InSync', 'True HoldsAll'],
    ['it has not caught up', {}, { inSync: false, filesBehind: 2, lagSeconds: 30 }, 'InSync', 'False Behind'],
    ['it lacks something old', {}, { inSync: false, filesBehind: 2, lagSeconds: 901 }, 'Ready', 'False Lagging'],
    ['nothing arrives there', {}, { summary: Summary.parse({ connected: false }) }, 'Ready', 'False NotReceiving'],
    ['it goes by its plan', {}, { summary: Summary.parse({ plan: planHash(brazil) }) }, 'Reconciling', 'False Done'],
    ['it goes by an old plan', {}, { summary: Summary.parse({ plan: 'old' }) }, 'Reconciling', 'True PlanPending'],
    [
      'a channel stopped',
      {},
      { summary: Summary.parse({ replicating: false, errors: ['replication from germany: broken'] }) },
      'Ready',
      'False ChannelStopped',
    ],
    [
      'a channel stopped',
      {},
      { summary: Summary.parse({ replicating: false, problems: [problem('stateCopied', { peer: 'germany' })] }) },
      'Replicating',
      'False ChannelStopped',
    ],
    [
      'a folder is away',
      {},
      {
        summary: Summary.parse({
          connected: true,
          problems: [problem('diskSilent', { folder: 'projects', root: '/x' })],
          errors: ['in whatever words'],
        }),
      },
      'StorageHealthy',
      'False FolderUnusable',
    ],
    [
      'a folder is away at an agent of the previous release',
      {},
      { summary: Summary.parse({ connected: true, errors: ['folder projects at /x: no marker'] }) },
      'StorageHealthy',
      'False FolderUnusable',
    ],
    ['nothing is held', {}, {}, 'ChangesHeld', 'False NothingHeld'],
    ['changes are held', {}, { summary: Summary.parse({ held: 3 }) }, 'ChangesHeld', 'True ManyFilesChanged'],
    ['changes are held', {}, { inSync: false, summary: Summary.parse({ held: 3 }) }, 'InSync', 'False ChangesHeld'],
    [
      'changes are held',
      {},
      { inSync: false, summary: Summary.parse({ connected: true, held: 3 }) },
      'Ready',
      'True Working',
    ],
    [
      'nobody hears it',
      {},
      { connected: false, summary: Summary.parse({ held: 3 }) },
      'ChangesHeld',
      'Unknown NotSeen',
    ],
    ['the disk fills', {}, { disk: { free: 1, size: 100 } }, 'StorageHealthy', 'False DiskFilling'],
    [
      'its pod fails',
      { pod: { ready: false, failure: { reason: 'ImagePullBackOff', message: 'x' } } },
      {},
      'Ready',
      'False ImagePullBackOff',
    ],
    [
      'it never was right',
      { plan: undefined, problems: [{ reason: 'bad', remedy: 'Mend it' }] },
      {},
      'Ready',
      'False InvalidSpec',
    ],
    ['it is no longer right', { problems: [{ reason: 'bad', remedy: 'Mend it' }] }, {}, 'Stalled', 'True InvalidSpec'],
  ])('when %s', (_, over, site, type, expected) => {
    expect(say(siteStatus(facts(over, seen(site))), type)).toBe(expected);
  });

  it('names the silent hub, and does not say when it was heard: nobody knows', () => {
    const before = siteStatus(facts());
    const status = siteStatus(facts({ before, silentHub: 'germany' }, seen({ connected: false, via: null })));
    expect(status.conditions!.find(({ type }) => type === 'Connected')!.message).toBe(
      'It is connected to germany only, whose agent responds neither to the kubelet nor to the operator: its last report is no longer trusted. See kubectl logs germany-0 -c agent',
    );
    expect(status).toMatchObject({ lastContact: 'unknown', lag: '?', behind: '?' });
    expect(status.hub).toBeUndefined();
    const later = seen({ connected: false, via: null, beatAt: NOW + 48_000, heardAt: NOW + 48_000 });
    expect(siteStatus(facts({ before: status, silentHub: 'germany' }, later))).toEqual(status);
  });

  it('is the same byte for byte while nothing changes, and fits its schema', () => {
    const first = siteStatus(facts());
    const later = facts(
      { before: first, now: NOW + 3_600_000 },
      seen({ beatAt: NOW + 3_590_000, disk: { free: 61e9, size: 100e9 } }),
    );
    expect(siteStatus(later)).toEqual(first);
    expect(Status.parse(first)).toEqual(first);
  });

  it('keeps the time of a condition until its status changes', () => {
    const first = siteStatus(facts());
    const lost = siteStatus(facts({ before: first, now: NOW + 60_000 }, seen({ connected: false, inSync: false })));
    const time = (status: SiteStatus, type: string) =>
      status.conditions!.find((one) => one.type === type)!.lastTransitionTime;
    expect(time(lost, 'Connected')).toBe('2026-11-23T12:01:00Z');
    expect(time(lost, 'Stalled')).toBe('2026-11-23T12:00:00Z');
    expect(lost).toMatchObject({
      lag: '?',
      behind: '?',
      lastContact: '2026-11-23T11:59:40Z',
      disk: '60% of 100 GB free',
    });
    expect(transitions(first.conditions!, lost.conditions!).map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      'Warning NotHeard',
    ]);
    expect(transitions(lost.conditions!, lost.conditions!)).toEqual([]);
  });

  it('records Events for what a user would want to know, not for every file', () => {
    const calm = siteStatus(facts()).conditions!;
    const young = siteStatus(facts({}, seen({ inSync: false, filesBehind: 2, lagSeconds: 30 }))).conditions!;
    const old = siteStatus(facts({}, seen({ inSync: false, filesBehind: 2, lagSeconds: 901 }))).conditions!;
    const news = (before: typeof calm, after: typeof calm) =>
      transitions(before, after).map(({ type, reason }) => `${type} ${reason}`);
    expect(news(calm, young)).toEqual([]);
    expect(news(young, calm)).toEqual([]);
    expect(news(young, old)).toEqual(['Warning Lagging']);
    expect(news(old, calm)).toEqual(['Normal Ready']);
    const held = (n: number) =>
      siteStatus(facts({}, seen({ inSync: false, summary: Summary.parse({ connected: true, held: n }) }))).conditions!;
    expect(news(calm, held(183))).toEqual(['Warning ManyFilesChanged']);
    expect(news(held(183), held(20))).toEqual([]);
    expect(news(held(20), calm)).toEqual(['Normal NothingHeld']);
    const unseen = siteStatus(facts({}, seen({ connected: false, inSync: false }))).conditions!;
    expect(news(unseen, held(1))).toContain('Warning ManyFilesChanged');
    const stalled = (reason: string) => siteStatus(facts({ applyError: { reason, message: 'x' } })).conditions!;
    expect(news(stalled('Forbidden'), stalled('Invalid'))).toEqual(['Warning Invalid']);
  });

  it('is never healthier than what is known', () => {
    const anySite = fc.record({
      connected: fc.boolean(),
      inSync: fc.boolean(),
      lagSeconds: fc.nat(2000),
      filesBehind: fc.nat(3),
      replicating: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.option(anySite), fc.boolean(), (site, podReady) => {
        const report =
          site && seen({ ...site, summary: Summary.parse({ connected: true, replicating: site.replicating }) });
        const status = siteStatus(
          facts({ pod: { ready: podReady }, ...(site === null && { report: undefined }) }, report ?? undefined),
        );
        const ready = say(status, 'Ready').startsWith('True');
        if (ready) expect(site).toMatchObject({ connected: true, replicating: true });
        if (ready) expect(podReady).toBe(true);
        if (ready && !site!.inSync) expect(site!.lagSeconds).toBeLessThanOrEqual(900);
        if (say(status, 'InSync').startsWith('True'))
          expect(site!.connected && (site!.inSync || site!.lagSeconds < 30)).toBe(true);
      }),
    );
  });
});

describe('a report', () => {
  it('is untrusted input', () => {
    expect(NetworkReport.safeParse({ reporter: 'x', at: -1, beatSeconds: 1, sites: [] }).success).toBe(false);
    expect(NetworkReport.safeParse({ reporter: 'x', at: 1, beatSeconds: 1, sites: [{ name: 'a' }] }).success).toBe(
      false,
    );
  });
});

describe('texts', () => {
  it.each([
    [0, '0s'],
    [9, '9s'],
    [47, '40s'],
    [60, '1m'],
    [3599, '59m'],
    [7200, '2h'],
    [200_000, '2d'],
  ])('%d seconds are %s', (seconds, text) => expect(age(seconds)).toBe(text));

  it('sizes have two significant digits', () => {
    expect([0, 999, 1000, 12_345, 3_100_000, 2e12].map(size)).toEqual([
      '0 B',
      '999 B',
      '1.0 KB',
      '12 KB',
      '3.1 MB',
      '2.0 TB',
    ]);
    expect(behind({ filesBehind: 1, bytesBehind: 10, more: false })).toBe('1 file, 10 B');
    expect(behind({ filesBehind: 20_000, bytesBehind: 10, more: true })).toBe('more than 20000 files, 10 B');
  });

  it('free space is updated only when it changes by more than two points', () => {
    const before = disk({ free: 50, size: 100 }, undefined);
    expect(disk({ free: 52, size: 100 }, before)).toBe(before);
    expect(disk({ free: 53, size: 100 }, before)).not.toBe(before);
    expect(disk({ free: 52, size: 200 }, before)).not.toBe(before);
  });
});
