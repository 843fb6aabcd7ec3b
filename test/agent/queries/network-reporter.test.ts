import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingRanges } from '../../../src/agent/queries/behind.ts';
import { heardThrough } from '../../../src/agent/queries/heard-through.ts';
import { NetworkReport, Summary } from '../../../src/api/network-report.ts';
import { FOUR_SITES, startSites } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

describe('the network as seen by one site', () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  const report = async (at: string) => NetworkReport.parse(await (await sites.get(at).api('/api/v1/network')).json());
  const ofSite = async (at: string, name: string) => (await report(at)).sites.find((one) => one.name === name)!;

  beforeAll(async () => {
    sites = await startSites({
      hubs: ['australia', 'germany'],
      links: [
        ['brazil', 'germany'],
        ['newzealand', 'australia'],
        ['australia', 'germany'],
      ],
      beatSeconds: 2,
    });
  });
  afterAll(() => sites?.stop());

  it('is the same at every site once all is quiet', async () => {
    writeFileSync(join(sites.get('brazil').root, 'a.txt'), 'one');
    for (const { plan } of sites.all())
      await until(async () => (await report(plan.site)).sites.every((one) => one.inSync), 30_000, 'all in sync');
    const { sites: all } = await report('brazil');
    expect(all.map(({ name, via }) => [name, via])).toEqual([
      ['australia', 'germany'],
      ['brazil', null],
      ['germany', 'brazil'],
      ['newzealand', 'australia'],
    ]);
    expect(all.every(({ disk, version }) => disk.size > disk.free && disk.free > 0 && version !== '')).toBe(true);
  });

  it('shows a site as behind that has not confirmed a version, whatever it last said about itself', async () => {
    await sites.get('newzealand').killAgent();
    writeFileSync(join(sites.get('brazil').root, 'b.txt'), 'twelve bytes');
    const behind = await until(
      async () => {
        const found = await ofSite('germany', 'newzealand');
        return found.filesBehind > 0 && found;
      },
      20_000,
      'newzealand to be behind',
    );
    expect(behind).toMatchObject({
      inSync: false,
      filesBehind: 1,
      bytesBehind: 12,
      rowsBehind: 1,
      folders: { projects: { filesBehind: 1, bytesBehind: 12 } },
    });
    await until(async () => (await ofSite('germany', 'newzealand')).lagSeconds >= 1, 20_000, 'its lag to grow');
    // Its database still responds: only its silence shows.
    await until(async () => !(await ofSite('brazil', 'newzealand')).connected, 30_000, 'its silence to be noticed');
    await sites.get('newzealand').startAgent();
    await until(async () => (await ofSite('germany', 'newzealand')).inSync, 30_000, 'newzealand in sync again');
    const { heardAt, clockAheadSeconds } = await ofSite('brazil', 'newzealand');
    expect(Date.now() - heardAt!).toBeLessThan(10_000);
    expect(clockAheadSeconds).toBe(0);
  }, 60_000);

  it('shows a site as not connected when its rows no longer arrive', async () => {
    await sites.get('newzealand').database.kill();
    await until(async () => !(await ofSite('germany', 'newzealand')).connected, 60_000, 'newzealand to be missed');
    expect((await ofSite('germany', 'newzealand')).inSync).toBe(false);
  }, 90_000);
});

describe('an agent that hangs while its database works', () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  beforeAll(async () => {
    sites = await startSites({ ...FOUR_SITES, beatSeconds: 48 });
  });
  afterAll(() => sites?.stop());

  const heardAt = async (at: string) => {
    const report = NetworkReport.parse(await (await sites.get(at).api('/api/v1/network')).json());
    return report.sites
      .filter(({ connected }) => connected)
      .map(({ name }) => name)
      .sort();
  };
  const hears = (at: string, names: string[]) =>
    until(async () => (await heardAt(at)).join() === names.join(), 60_000, `${at} to hear ${names.join()}`);
  const all = ['australia', 'brazil', 'germany', 'newzealand'];
  const allHear = () => Promise.all(all.map((name) => hears(name, all)));

  /** Seconds until each of these sites hears only the others. */
  async function stopped(name: string, then: Record<string, string[]>): Promise<number> {
    await allHear();
    const pid = sites.get(name).pid()!;
    process.kill(pid, 'SIGSTOP');
    const since = performance.now();
    try {
      await Promise.all(Object.entries(then).map(([at, names]) => hears(at, names)));
      return (performance.now() - since) / 1000;
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  it('is missed by all others within half a minute, and heard again', async () => {
    const others = ['australia', 'germany', 'newzealand'];
    const seconds = await stopped('brazil', Object.fromEntries(others.map((name) => [name, others])));
    console.log(`missed everywhere after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(30);
    const { sites: seen } = NetworkReport.parse(await (await sites.get('newzealand').api('/api/v1/network')).json());
    expect(seen.find(({ name }) => name === 'brazil')).toMatchObject({ inSync: false });
    const { problems } = (await sites.get('germany').status()) as { problems: { code: string }[] };
    expect(problems.map(({ code }) => code)).toContain('agentSilent');
    await allHear();
  }, 180_000);

  it('is missed with all that only it hears, if it is a hub', async () => {
    const beyond = ['brazil', 'germany'];
    const seconds = await stopped('australia', {
      brazil: beyond,
      germany: beyond,
      newzealand: ['newzealand'],
    });
    console.log(`missed everywhere after ${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(30);
    await allHear();
  }, 180_000);
});

describe('whether a site is heard', () => {
  const plan = {
    site: 'h1',
    sites: ['a', 'b', 'h1', 'h2', 'h3'].map((name, i) => ({
      name,
      id: i,
      role: name.startsWith('h') ? ('hub' as const) : ('child' as const),
    })),
  };
  const beats = (peers: Record<string, string[]>) =>
    new Map(plan.sites.map(({ name }) => [name, { summary: Summary.parse({ peers: peers[name] ?? [] }) }]));

  it('not if only a hub hears it whose own heartbeat is late', () => {
    const peers = beats({ h1: ['a', 'h2'], h2: ['b', 'h1'] });
    expect([...heardThrough(plan, peers, (hub) => hub === 'h2').keys()]).toEqual(['a', 'h2']);
  });

  it('if a hub hears it that is heard itself', () => {
    const heard = heardThrough(plan, beats({ h1: ['a', 'h2'], h2: ['b', 'h1', 'h3'], h3: ['h2'] }));
    expect([...heard]).toEqual([
      ['a', 'h1'],
      ['h2', 'h1'],
      ['b', 'h2'],
      ['h3', 'h2'],
    ]);
  });

  it('not if it is silent, or only a silent hub reports it', () => {
    const peers = beats({ h1: ['a', 'h2'], h2: ['b', 'h1', 'h3'], h3: ['h2'] });
    peers.delete('h2');
    expect([...heardThrough(plan, peers)]).toEqual([['a', 'h1']]);
  });

  it('not behind a hub that is not heard, and not because a child claims so', () => {
    expect([...heardThrough(plan, beats({ h1: ['a'], a: ['b'], h2: ['b'] }))]).toEqual([['a', 'h1']]);
  });
});

describe('missing versions', () => {
  it('are all versions of an unknown origin, the holes, and what came later', () => {
    expect(missingRanges(undefined, 5)).toEqual([[1, 5]]);
    expect(missingRanges(undefined, 0)).toEqual([]);
    expect(missingRanges({ held: 5, known: 5, missing: [] }, 5)).toEqual([]);
    expect(missingRanges({ held: 2, known: 5, missing: [[3, 3]] }, 7)).toEqual([
      [3, 3],
      [6, 7],
    ]);
    expect(missingRanges({ held: 9, known: 9, missing: [] }, 7)).toEqual([]);
  });
});
