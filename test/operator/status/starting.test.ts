import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SiteReport, Summary } from '../../../src/api/network-report.ts';
import type { SiteStatus } from '../../../src/api/status.ts';
import { transitions } from '../../../src/operator/status/conditions.ts';
import type { PodFacts } from '../../../src/operator/status/pod.ts';
import { siteStatus } from '../../../src/operator/status/site.ts';
import { START_MS, STEADY_MS } from '../../../src/operator/status/starting.ts';
import { plan } from '../../../src/topology/plan.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const sketch = resourcesOf({
  hubs: ['germany'],
  children: [{ name: 'brazil', hubs: ['germany'], up: 'unlimited' }],
  folders: [],
});
const brazil = plan(sketch).sites.find(({ site }) => site === 'brazil')!;

const heard: SiteReport = {
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
  beatAt: NOW,
};
const silent = { ...heard, connected: false, via: null, inSync: false };
const deaf = { ...heard, summary: Summary.parse({ connected: false }) };

function statusAt(before: SiteStatus, age: number, pod: PodFacts, site: SiteReport | undefined): SiteStatus {
  const now = NOW + age;
  const report = site && { reporter: 'germany', at: now, beatSeconds: 5, sites: [site] };
  const { ready, failure } = pod;
  return siteStatus({
    generation: 1,
    before,
    problems: [],
    plan: brazil,
    pod: { ready, ...(failure && { failure }), createdAt: NOW },
    report,
    noReport: 'No hub responds',
    freshnessSeconds: 900,
    keys: undefined,
    now,
  });
}
const ready = ({ conditions }: SiteStatus) => conditions!.find(({ type }) => type === 'Ready')!;
const warnings = (before: SiteStatus, after: SiteStatus) =>
  transitions(before.conditions ?? [], after.conditions!).filter(({ type }) => type === 'Warning');
const UP = { ready: true };

describe('a new pod', () => {
  const pods = fc.constantFrom<PodFacts>(UP, { ready: false, failure: { reason: 'PodNotReady', message: '' } });
  const look = fc.record({ pod: pods, site: fc.constantFrom(heard, silent, deaf, undefined) });

  it('causes no Warning while it connects, in whatever order things come up', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 25 }), (looks) => {
        let status: SiteStatus = {};
        for (const [i, { pod, site }] of looks.entries()) {
          if (ready({ conditions: [], ...status })?.status === 'True') break;
          const next = statusAt(status, 4000 * i, pod, site);
          expect(warnings(status, next)).toEqual([]);
          status = next;
        }
      }),
    );
  });

  it('is ready once it has been connected for a while, without a break', () => {
    fc.assert(
      fc.property(fc.array(look, { minLength: 1, maxLength: 25 }), (looks) => {
        let status: SiteStatus = {};
        let since = Number.POSITIVE_INFINITY;
        for (const [i, { pod, site }] of looks.entries()) {
          const age = 4000 * i;
          const isConnected = site === heard || site === deaf;
          since = isConnected ? Math.min(since, age) : Number.POSITIVE_INFINITY;
          const wasReady = ready({ conditions: [], ...status })?.status === 'True';
          status = statusAt(status, age, pod, site);
          if (!wasReady && ready(status).status === 'True') expect(age - since).toBeGreaterThanOrEqual(STEADY_MS);
        }
      }),
    );
  });

  it('that does not connect is reported when it is no longer new', () => {
    const early = statusAt({}, START_MS - 1, UP, silent);
    const late = statusAt(early, START_MS, UP, silent);
    expect(ready(early)).toMatchObject({ status: 'Unknown', reason: 'Starting' });
    expect(ready(late)).toMatchObject({ status: 'False', reason: 'NotHeard' });
    expect(warnings(early, late).map(({ reason }) => reason)).toEqual(['NotHeard']);
  });

  it('that cannot start is reported at once', () => {
    const failure = { reason: 'ErrImagePull', message: 'no such image' };
    const status = statusAt({}, 1000, { ready: false, failure }, silent);
    expect(ready(status)).toMatchObject({ status: 'False', reason: 'ErrImagePull' });
    expect(status.conditions!.find(({ type }) => type === 'Connected')).toMatchObject({ reason: 'NotHeard' });
  });
});
