import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { readBeat } from '../../src/agent/queries/beats.ts';
import { missingRanges } from '../../src/agent/queries/behind.ts';
import { clockAhead, noteBeat } from '../../src/agent/queries/contacts.ts';
import { heardThrough } from '../../src/agent/queries/heard-through.ts';
import { readTransfer } from '../../src/agent/store/transfer.ts';
import { custodyOf, formatRanges, holds, parseCustody } from '../../src/agent/versions/custody.ts';
import { SiteReport } from '../../src/api/network-report.ts';
import { sentenceOf } from '../../src/problems/problem.ts';
import { always, bigNumber, bytes, hostileText, VERY_LONG } from './hostile.ts';

/** Characters that move a terminal's cursor or reorder text. */
const DECEIVING = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const asRow = (one: object) => one as RowDataPacket;

describe('the custody of another site', () => {
  const ranges = fc
    .array(fc.tuple(fc.nat(60), fc.nat(60)))
    .map((pairs) => pairs.map(([a, b]) => `${a}-${b}`).join(' '));
  const text = fc.oneof(fc.string(), hostileText, ranges);

  it('never claims more than it spells out: malformed parts count as missing', () => {
    always(fc.tuple(fc.nat(40), fc.nat(60), text), ([held, known, missing]) => {
      const custody = parseCustody(held, known, missing);
      expect(holds(custody, known + 1)).toBe(false);
      let last = 0;
      for (const [from, to] of custody.missing) {
        expect(from).toBeGreaterThan(last);
        expect(to).toBeGreaterThanOrEqual(from);
        last = to;
        if (from > custody.held) expect(holds(custody, from)).toBe(false);
      }
      for (const [from, to] of missingRanges(custody, 70)) expect(from).toBeLessThanOrEqual(to);
    });
  });

  it('survives a round trip, and is parsed quickly however long it is', () => {
    always(fc.uniqueArray(fc.integer({ min: 1, max: 10_000 })), (numbers) => {
      const custody = custodyOf(
        10_000,
        numbers.toSorted((a, b) => a - b),
      );
      expect(parseCustody(custody.held, custody.known, formatRanges(custody.missing))).toEqual(custody);
    });
    for (const long of VERY_LONG) expect(parseCustody(1, 5, long).missing).toEqual([]);
  });
});

describe('the heartbeat of another site', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), hostileText);
  const reportedProblem = fc.oneof(
    fc.record({
      code: fc.oneof(fc.constantFrom('folderShut', 'linkDown', '__proto__', 'newerThanThis'), fc.string()),
      params: fc.oneof(
        fc.dictionary(fc.oneof(fc.constantFrom('peer', 'why', 'site'), fc.string()), fc.oneof(text, fc.double())),
        fc.anything(),
      ),
    }),
    fc.anything(),
  );
  const neighbour = fc.oneof(fc.constantFrom('a', 'h1', 'h2', '__proto__'), fc.string());
  const summary = fc.record(
    {
      peers: fc.array(neighbour),
      connected: fc.boolean(),
      inSync: fc.oneof(fc.boolean(), fc.constant('yes')),
      conflicts: fc.oneof(fc.nat(), fc.double(), fc.constant(1e300)),
      errors: fc.array(fc.oneof(fc.string({ unit: 'binary' }), hostileText), { maxLength: 5 }),
      problems: fc.array(reportedProblem, { maxLength: 7 }),
      notInSync: fc.array(reportedProblem, { maxLength: 7 }),
      validUntil: fc.double(),
    },
    { requiredKeys: [] },
  );
  const row = fc.record({
    at: bigNumber,
    agent_version: fc.oneof(fc.string({ maxLength: 32, unit: 'binary' }), hostileText),
    disk_free: bigNumber,
    disk_size: bigNumber,
    summary: fc.oneof(
      bytes(16_000),
      summary.map((one) => Buffer.from(JSON.stringify(one))),
    ),
  });

  it('never corrupts the network report: numbers and texts stay within bounds', () => {
    always(row, (one) => {
      const { at, version, disk, summary: said } = readBeat(asRow(one));
      const report = {
        name: 'brazil',
        role: 'child',
        via: null,
        connected: true,
        inSync: said.inSync,
        lagSeconds: 0,
        filesBehind: 0,
        bytesBehind: 0,
        more: false,
        folders: {},
        summary: said,
        version,
        disk,
        beatAt: at,
        clockAheadSeconds: Math.round(
          clockAhead(
            noteBeat(noteBeat(undefined, 1, { now: 2, monotonic: 2 }), at, { now: Date.now(), monotonic: 3 }),
          ) / 1000,
        ),
      };
      expect(SiteReport.safeParse(report).error).toBeUndefined();
      const told = [...said.problems, ...said.notInSync].map((one) => sentenceOf(one, 'brazil'));
      expect([version, ...said.errors, ...told].join('')).not.toMatch(DECEIVING);
    });
  });

  it('names neighbours that are heard only if they are sites of the network', () => {
    const sites = [
      { name: 'a', role: 'child' as const },
      { name: 'h1', role: 'hub' as const },
      { name: 'h2', role: 'hub' as const },
    ];
    always(fc.dictionary(fc.constantFrom('a', 'h1', 'h2'), row), (rows) => {
      const beats = new Map(Object.entries(rows).map(([name, one]) => [name, readBeat(asRow(one))]));
      const names = sites.map(({ name }) => name);
      for (const pair of heardThrough({ site: 'a', sites }, beats)) expect(names).toEqual(expect.arrayContaining(pair));
    });
  });
});

it('a transfer of another site can be displayed whatever its row contains', () => {
  const row = fc.record({
    origin: bytes(63),
    seq: bigNumber,
    folder: bytes(63),
    path: bytes(4096),
    source: bytes(63),
    bytes_done: bigNumber,
    bytes_total: bigNumber,
    rate: bigNumber,
    error: fc.option(bytes(1024), { nil: null }),
    next_try: fc.option(bigNumber, { nil: null }),
    since: bigNumber,
  });
  always(row, (one) => {
    const transfer = readTransfer('brazil', asRow(one));
    for (const time of [transfer.since, transfer.nextTry ?? 0]) expect(new Date(time).toISOString()).toBeTruthy();
    for (const count of [transfer.done, transfer.total, transfer.rate, transfer.id.seq])
      expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
    expect(transfer.source + (transfer.problem ? sentenceOf(transfer.problem, 'brazil') : '')).not.toMatch(DECEIVING);
  });
});
