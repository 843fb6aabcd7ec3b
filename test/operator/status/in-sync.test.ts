import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SiteReport, Summary } from '../../../src/api/network-report.ts';
import type { SiteStatus } from '../../../src/api/status.ts';
import { YOUNG_SECONDS } from '../../../src/operator/status/in-sync.ts';
import { createPace, NUMBERS_MS } from '../../../src/operator/status/pace.ts';
import { siteStatus } from '../../../src/operator/status/site.ts';
import { problem } from '../../../src/problems/problem.ts';
import { plan } from '../../../src/topology/plan.ts';
import { resourcesOf } from '../../topology/sketch.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const sketch = resourcesOf({
  hubs: ['germany'],
  children: [{ name: 'brazil', hubs: ['germany'], up: 'unlimited' }],
  folders: [{ name: 'projects', sites: undefined }],
});
const brazil = plan(sketch).sites.find(({ site }) => site === 'brazil')!;
const FRESHNESS = brazil.folders[0]!.freshnessSeconds;

const passing = fc.constantFrom(
  problem('filesBehind', { count: 1 }),
  problem('pathsChanged', { folder: 'projects', count: 1, names: '"a"' }),
  problem('pathsReading', { folder: 'projects', count: 1, names: '"a"' }),
  problem('changesTakenIn', { folder: 'projects' }),
  problem('filesMissing', { folder: 'projects', count: 2 }),
  problem('changesUnknown', { origin: 'spain' }),
);
const lasting = fc.constantFrom(
  problem('notScanned', { folder: 'projects' }),
  problem('diskUnknown', { folder: 'projects' }),
  problem('pathsUnreadable', { folder: 'projects', count: 1, names: '"a"' }),
  problem('foldersOpening'),
  problem('stateNotArriving'),
);

type Why = ReturnType<typeof problem>;
function seen(lagSeconds: number, why: Why[]): SiteReport {
  const filesBehind = lagSeconds > 0 ? 1 : 0;
  const inSync = why.length === 0;
  return {
    name: 'brazil',
    role: 'child',
    via: 'germany',
    connected: true,
    inSync: inSync && filesBehind === 0,
    lagSeconds,
    filesBehind,
    bytesBehind: 100 * filesBehind,
    more: false,
    folders: filesBehind > 0 ? { projects: { lagSeconds, filesBehind, bytesBehind: 100 } } : {},
    summary: Summary.parse({ connected: true, inSync, notInSync: why }),
    version: '0.1.0',
    disk: { free: 60e9, size: 100e9 },
    beatAt: START,
  };
}

function statusAt(before: SiteStatus, now: number, site: SiteReport): SiteStatus {
  return siteStatus({
    generation: 1,
    before,
    problems: [],
    plan: brazil,
    pod: { ready: true },
    report: { reporter: 'germany', at: now, beatSeconds: 5, sites: [site] },
    noReport: '',
    freshnessSeconds: FRESHNESS,
    keys: undefined,
    now,
  });
}
const inSync = ({ conditions }: SiteStatus) => conditions!.find(({ type }) => type === 'InSync')!;
const caughtUp = statusAt({}, START, seen(0, []));

describe('InSync', () => {
  it('while files keep coming, no status is written', () => {
    const poll = fc.record({ lag: fc.integer({ min: 0, max: YOUNG_SECONDS - 1 }), why: fc.array(passing) });
    fc.assert(
      fc.property(fc.array(poll, { minLength: 1, maxLength: 60 }), (polls) => {
        let writes = 0;
        let status = caughtUp;
        for (const [i, { lag, why }] of polls.entries()) {
          const next = statusAt(status, START + 4000 * i, seen(lag, why));
          if (JSON.stringify(next) !== JSON.stringify(status)) writes++;
          status = next;
        }
        expect(writes).toBe(0);
      }),
    );
  });

  it('once caught up it stays, with its time, as long as nothing is late', () => {
    const poll = fc.record({ lag: fc.integer({ min: 0, max: FRESHNESS }), why: fc.array(passing) });
    fc.assert(
      fc.property(fc.array(poll), (polls) => {
        let status = caughtUp;
        for (const [i, { lag, why }] of polls.entries()) status = statusAt(status, START + 60_000 * i, seen(lag, why));
        expect(inSync(status)).toEqual(inSync(caughtUp));
      }),
    );
  });

  it('is False when something is late, or does not pass by itself, whatever it was before', () => {
    const before = fc.constantFrom<SiteStatus>({}, caughtUp);
    const late = fc.integer({ min: FRESHNESS + 1, max: 10 * FRESHNESS }).map((lag) => seen(lag, []));
    const broken = fc.tuple(fc.nat(60), lasting, fc.array(passing)).map(([lag, one, all]) => seen(lag, [one, ...all]));
    fc.assert(
      fc.property(before, fc.oneof(late, broken), (status, site) => {
        expect(inSync(statusAt(status, START, site)).status).toBe('False');
      }),
    );
  });

  it('a site that fell behind has to catch up first', () => {
    const behind = statusAt(caughtUp, START, seen(FRESHNESS + 1, []));
    const nearly = statusAt(behind, START, seen(YOUNG_SECONDS, []));
    expect([behind, nearly].map((status) => inSync(status).status)).toEqual(['False', 'False']);
    expect(inSync(statusAt(nearly, START, seen(YOUNG_SECONDS - 1, []))).status).toBe('True');
  });
});

describe('numbers alone', () => {
  it('are written twice a minute at most, and with every other change', () => {
    let now = START;
    const { pace } = createPace(() => now);
    let written: object = {};
    const writes = (status: object) => {
      const next = pace('acme', 'uid', written, status);
      const isNew = JSON.stringify(next) !== JSON.stringify(written);
      written = next;
      return isNew;
    };
    expect(writes({ hub: 'germany', lag: '40s', behind: '2 files' })).toBe(true);
    now += 4000;
    expect(writes({ hub: 'germany', lag: '50s', behind: '3 files' })).toBe(false);
    now += 4000;
    expect(writes({ hub: 'australia', lag: '50s', behind: '4 files' })).toBe(true);
    expect(written).toEqual({ hub: 'australia', lag: '50s', behind: '4 files' });
    now += NUMBERS_MS;
    expect(writes({ hub: 'australia', lag: '0s', behind: '-' })).toBe(true);
  });
});
