import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as choose from '../../../src/agent/link/choose.ts';

const timing = choose.TIMING;
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

interface Outage {
  hub: number;
  from: number;
  ms: number;
}

interface Move {
  at: number;
  hub: number;
}

const during = (outages: Outage[]) => (hub: number, at: number) =>
  outages.some((o) => o.hub === hub && at >= o.from && at < o.from + o.ms);

/**
 * Plays the rules as run.ts does, against hubs that are away at times. `broken` hubs answer probes but grant no login.
 * Returns each connection made, and what was up at the end.
 */
function play(
  hubs: number,
  away: (hub: number, at: number) => boolean,
  untilMs: number,
  chance: () => number,
  broken: number[] = [],
) {
  let snapshot = Array.from({ length: hubs }, choose.fresh);
  const put = (index: number, s: choose.HubState) => (snapshot = snapshot.with(index, s));
  const get = (index: number) => snapshot[index] ?? choose.fresh();
  const moves: Move[] = [];
  let dials = 0;
  let up: { hub: number; since: number } | undefined;
  let now = 0;
  while (now < untilMs) {
    if (!up) {
      const next = choose.nextDial(snapshot);
      now = Math.max(now, next.at);
      if (now >= untilMs) break;
      dials++;
      const startedAt = now;
      now += 50;
      if (away(next.index, now) || broken.includes(next.index)) {
        put(next.index, choose.ended(get(next.index), { startedAt, upMs: 0, now, random: chance() }, timing));
      } else {
        up = { hub: next.index, since: now };
        moves.push({ at: now, hub: next.index });
      }
      continue;
    }
    now += 100;
    if (away(up.hub, now)) {
      const event = { startedAt: up.since, upMs: now - up.since, now, random: chance() };
      put(up.hub, choose.ended(get(up.hub), event, timing));
      up = undefined;
      continue;
    }
    const probe = choose.nextProbe(snapshot, up.hub);
    if (probe && probe.at <= now)
      put(probe.index, choose.probed(get(probe.index), !away(probe.index, now), now, chance(), timing));
    const better = choose.returnTo(snapshot, up.hub, timing);
    if (better !== undefined) {
      put(up.hub, choose.fresh());
      put(better, choose.returning(get(better)));
      up = undefined;
    }
  }
  return { moves, up, dials };
}

const outage = (hubs: number, within: number) =>
  fc.record({ hub: fc.nat(hubs - 1), from: fc.nat(within), ms: fc.integer({ min: 100, max: 120_000 }) });

describe('whatever happened to the hubs', () => {
  test('once all hubs work, the child is home within the time that its failed returns have cost', () => {
    fc.assert(
      fc.property(fc.array(outage(3, 300_000), { maxLength: 12 }), fc.infiniteStream(random), (outages, chances) => {
        const settle = 420_000 + timing.probeEveryMs * 1.2 * timing.probesWanted * 2 ** 6 * 2;
        const { up } = play(3, during(outages), settle, () => chances.next().value);
        expect(up?.hub).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test('a hub that stays up is found within a minute of the last change', () => {
    fc.assert(
      fc.property(
        fc.array(outage(3, 200_000), { maxLength: 10 }),
        fc.nat(2),
        fc.infiniteStream(random),
        (outages, alive, chances) => {
          const dead = [0, 1, 2].filter((hub) => hub !== alive).map((hub) => ({ hub, from: 200_000, ms: 1e9 }));
          const all = [...outages.filter((o) => o.hub !== alive || o.from + o.ms < 200_000), ...dead];
          const { up } = play(3, during(all), 260_000 + 2 * timing.maxRetryMs, () => chances.next().value);
          expect(up?.hub).toBe(alive);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a flapping hub is not dialled forever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 20_000 }), fc.infiniteStream(random), (periodMs, chances) => {
        const hour = 3_600_000;
        const away = (hub: number, at: number) => hub === 0 && Math.floor(at / periodMs) % 2 === 0;
        const { moves } = play(2, away, hour, () => chances.next().value);
        // After 10 s of working a hub counts as well: the fastest legitimate cycle is a return (20 s of probes), 10 s up, 5
        // s of patience.
        expect(moves.length).toBeLessThan(2 * (hour / 20_000));
      }),
      { numRuns: 20 },
    );
  });
});

test('a home hub that answers but refuses logins costs less and less: at most 12 attempts in an hour', () => {
  const { up, dials } = play(
    2,
    () => false,
    3_600_000,
    () => 0.5,
    [0],
  );
  expect(up?.hub).toBe(1);
  // The first 5 s of patience, then returns after 3, 6, 12 … probes, each followed by the way back.
  expect(dials).toBeLessThan(5 + 2 * 12);
});

test('a short loss of home is retried at home; after a longer one the child returns when home passed three probes', () => {
  const short = play(2, during([{ hub: 0, from: 60_000, ms: 2_000 }]), 120_000, () => 0.5);
  expect(short.moves.map((m) => m.hub)).toEqual([0, 0]);
  const long = play(2, during([{ hub: 0, from: 60_000, ms: 60_000 }]), 300_000, () => 0.5);
  expect(long.moves.map((m) => m.hub)).toEqual([0, 1, 0]);
  const [, backup, home] = long.moves;
  expect((backup?.at ?? 0) - 60_000).toBeLessThan(15_000);
  expect((home?.at ?? 0) - 120_000).toBeGreaterThan(2 * 8_000);
  expect((home?.at ?? 0) - 120_000).toBeLessThan(40_000);
});

test('a single hub is retried forever', () => {
  const { up } = play(1, during([{ hub: 0, from: 1_000, ms: 3_000_000 }]), 3_040_000, () => 0.99);
  expect(up?.hub).toBe(0);
});
