import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifyRun } from '../../../src/agent/api/verify.ts';
import type { AgentStatus } from '../../../src/agent/queries/status.ts';
import { type Digest, differing, digestsOf } from '../../../src/agent/verify/rows/digests.ts';
import { speakerFor } from '../../../src/agent/verify/rows/speaker.ts';
import { FOUR_SITES, startSites } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

describe('the ranges that differ', () => {
  it('cover exactly the parts with different rows', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: 999 })), fc.uniqueArray(fc.nat({ max: 999 })), (all, wrong) => {
        const digests = (changed: number[]) =>
          [...Map.groupBy(all, (seq) => Math.floor(seq / 10))].map(([part, seqs]): [number, Digest] => [
            part,
            { rows: seqs.length, digest: seqs.map((seq) => `${seq}${changed.includes(seq) ? '!' : ''}`).join() },
          ]);
        const ranges = differing(new Map(digests([])), new Map(digests(wrong)), [0, 999], 10);
        for (const seq of all)
          expect(ranges.some(([from, to]) => seq >= from && seq <= to)).toBe(
            wrong.some((other) => all.includes(other) && Math.floor(other / 10) === Math.floor(seq / 10)),
          );
      }),
    );
  });
});

describe('the site to compare rows with', () => {
  const sites = [
    { name: 'a', id: 1, role: 'child' as const, hub: 'g' },
    { name: 'b', id: 2, role: 'child' as const, hub: 'h' },
    { name: 'g', id: 3, role: 'hub' as const },
    { name: 'h', id: 4, role: 'hub' as const },
    { name: 'i', id: 5, role: 'hub' as const },
  ];
  const plan = (site: string, links: [string, 'uplink' | 'downlink' | 'trunk'][]) => ({
    site,
    sites,
    links: links.map(([peer, kind]) => ({ peer, kind })) as Parameters<typeof speakerFor>[0]['links'],
  });
  it('is the site itself, else its hub, else any hub; never another child', () => {
    const hub = plan('g', [
      ['a', 'downlink'],
      ['h', 'trunk'],
      ['i', 'trunk'],
    ]);
    expect(speakerFor(hub, ['a', 'h', 'i'], 'a')).toBe('a');
    expect(speakerFor(hub, ['a', 'h', 'i'], 'b')).toBe('h');
    expect(speakerFor(hub, ['a', 'i'], 'b')).toBe('i');
    expect(speakerFor(hub, ['a'], 'b')).toBeUndefined();
    expect(speakerFor(plan('a', [['g', 'uplink']]), ['g'], 'b')).toBe('g');
  });
});

describe("rows of another site that differ from the neighbour's", () => {
  let sites: Awaited<ReturnType<typeof startSites>>;
  beforeAll(async () => {
    sites = await startSites(FOUR_SITES);
  });
  afterAll(() => sites?.stop());
  const status = async (name: string) => (await sites.get(name).status()) as unknown as AgentStatus;
  const rowOf = async (name: string, seq: number) => {
    const [rows] = await sites
      .get(name)
      .database.pool.query<RowDataPacket[]>('SELECT * FROM site_brazil.version WHERE seq = ?', [seq]);
    return rows[0];
  };

  it('are found and copied again, and derived state is recomputed', async () => {
    for (let i = 1; i <= 5; i++) writeFileSync(join(sites.get('brazil').root, `f${i}.txt`), `file ${i}`);
    // Ingested, not only replicated: a site compares what it has ingested.
    const known = async () => (await status('newzealand')).vector['brazil']?.known;
    await until(async () => (await known()) === 5, 30_000, 'five rows');
    for (const site of sites.all()) await until(async () => (await status(site.plan.site)).inSync, 30_000, 'in sync');
    const [good3, good4] = [await rowOf('brazil', 3), await rowOf('brazil', 4)];
    const root = await sites.get('newzealand').database.asRoot();
    await root.query('SET SESSION sql_log_bin = 0');
    await root.query('UPDATE site_brazil.version SET mtime_ns = 1000000000, mode = 384 WHERE seq = 3');
    await root.query('DELETE FROM site_brazil.version WHERE seq = 4');

    let run = (await (
      await sites.get('newzealand').api('/api/v1/verify', { method: 'POST', body: '{}' })
    ).json()) as VerifyRun;
    await until(
      async () => {
        run = (await (await sites.get('newzealand').api(`/api/v1/verify/${run.run}`)).json()) as VerifyRun;
        return run.state === 'done';
      },
      60_000,
      'the verification',
    );
    expect(run).toMatchObject({ error: null, rowsRepaired: 2 });
    expect(await rowOf('newzealand', 3)).toEqual(good3);
    expect(await rowOf('newzealand', 4)).toEqual(good4);
    await until(async () => (await status('newzealand')).inSync, 30_000, 'in sync');
    expect(readFileSync(join(sites.get('newzealand').root, 'f4.txt'), 'utf8')).toBe('file 4');
    expect(await status('newzealand')).toMatchObject({ rowsRepaired: 2, conflicts: 0 });
    // Not replicated: each site repairs its own copy.
    expect(await status('australia')).toMatchObject({ rowsRepaired: 0 });
  });

  it('cost one 64-bit digest for thousands of rows', async () => {
    const db = sites.get('germany').database.pool;
    const all = await digestsOf(db, 'brazil', [0, 1_000_000], 16_384);
    expect([...all.keys()]).toEqual([0]);
    expect(all.get(0)).toEqual(
      (await digestsOf(sites.get('brazil').database.pool, 'brazil', [0, 1_000_000], 16_384)).get(0),
    );
    expect(BigInt(all.get(0)!.digest)).toBeLessThan(2n ** 64n);
  });
});
