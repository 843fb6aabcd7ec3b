import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { countOf, decideRollout, LOST_MS, type RolloutSite } from '../../../src/operator/network/rollout-decision.ts';

const LIMITS = { paused: false, maxUnavailable: '25%' };
const site = (name: string, role: RolloutSite['role'], over: Partial<RolloutSite> = {}): RolloutSite => ({
  name,
  role,
  pending: true,
  taking: false,
  up: true,
  ready: true,
  unreadyMs: 0,
  ...over,
});

const anySite = fc
  .record({
    role: fc.constantFrom<RolloutSite['role']>('hub', 'child'),
    pending: fc.boolean(),
    taking: fc.boolean(),
    up: fc.option(fc.boolean(), { nil: undefined }),
    ready: fc.boolean(),
    unreadyMs: fc.constantFrom(1, LOST_MS - 1, LOST_MS),
  })
  .map((one) => ({ ...one, ready: one.ready && one.up === true, unreadyMs: one.ready && one.up ? 0 : one.unreadyMs }));
const anyNetwork = fc
  .array(anySite, { maxLength: 12 })
  .map((sites) => sites.map((one, i): RolloutSite => ({ name: `s${i}`, ...one })));
const maxUnavailable = fc.oneof(
  fc.nat(5).map(String),
  fc.nat(100).map((share) => `${share}%`),
);

describe('which sites take a new template', () => {
  it('in any network: never a hub that is up while another hub is away or taking one; never more children than allowed', () => {
    fc.assert(
      fc.property(anyNetwork, maxUnavailable, (sites, most) => {
        const { now } = decideRollout(sites, { paused: false, maxUnavailable: most });
        const chosen = sites.filter(({ name }) => now.has(name));
        for (const { pending, up } of chosen) expect([pending, up === undefined]).toEqual([true, false]);
        const hubs = sites.filter(({ role }) => role === 'hub');
        const stopped = chosen.filter(({ role, up }) => role === 'hub' && up);
        expect(stopped.length).toBeLessThanOrEqual(1);
        for (const { name } of stopped)
          for (const other of hubs.filter((hub) => hub.name !== name)) {
            expect(now.has(other.name)).toBe(false);
            expect(other.taking && !other.pending).toBe(false);
            if (!other.ready) expect(other.unreadyMs).toBeGreaterThanOrEqual(LOST_MS);
          }
        const children = sites.filter(({ role }) => role === 'child');
        const restarted = chosen.filter(({ role, up }) => role === 'child' && up);
        expect(restarted.length).toBeLessThanOrEqual(countOf(most, children.length));
        // What is on its way comes first.
        if (sites.some(({ pending, taking }) => taking && !pending))
          for (const { taking, up } of chosen) expect([taking, up]).toEqual([true, false]);
      }),
      { numRuns: 2000 },
    );
  });

  /** Takes as decided; what takes it is back, or stays as it was if it was not ready. */
  function rollOut(start: RolloutSite[], most: string): string[][] {
    let sites = start;
    const waves: string[][] = [];
    for (let i = 0; i <= 2 * start.length; i++) {
      const { now } = decideRollout(sites, { paused: false, maxUnavailable: most });
      if (now.size > 0) waves.push([...now]);
      sites = sites.map((one) => (now.has(one.name) ? { ...one, pending: false, taking: false } : one));
    }
    expect(sites.filter(({ pending, up }) => pending && up !== undefined)).toEqual([]);
    return waves;
  }

  it('all of them do in the end, whatever was away before', () => {
    const settled = anyNetwork.map((sites) =>
      sites.map((one) => ({ ...one, taking: false, unreadyMs: one.ready ? 0 : LOST_MS })),
    );
    fc.assert(fc.property(settled, maxUnavailable, (sites, most) => void rollOut(sites, most)));
  });

  it('one child first, then hub by hub, then a quarter of the children at a time', () => {
    const children = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => site(name, 'child'));
    const hubs = [site('x', 'hub'), site('y', 'hub')];
    expect(rollOut([...hubs, ...children], '25%')).toEqual([
      ['a'],
      ['x'],
      ['y'],
      ['b', 'c'],
      ['d', 'e'],
      ['f', 'g'],
      ['h'],
    ]);
  });

  it('the first is a child that works; without one, a hub', () => {
    const away = { up: false, ready: false, unreadyMs: LOST_MS };
    expect([...decideRollout([site('a', 'child', away), site('b', 'child')], LIMITS).now]).toEqual(['b']);
    expect([...decideRollout([site('a', 'child', away), site('b', 'hub')], LIMITS).now]).toEqual(['b']);
  });

  it('a site that does not come up stops all others, and takes the corrected template at once', () => {
    const bad = site('a', 'child', { pending: false, taking: true, up: false, ready: false, unreadyMs: 1 });
    const others = [site('b', 'child'), site('x', 'hub')];
    expect(decideRollout([bad, ...others], LIMITS)).toEqual({
      now: new Set(),
      wait: { why: 'sites', sites: ['a'] },
    });
    expect([...decideRollout([{ ...bad, pending: true }, ...others], LIMITS).now]).toEqual(['a']);
  });

  it('a hub waits for one that is away for a moment, not for one that is lost', () => {
    const first = (unreadyMs: number) => [
      site('a', 'child', { pending: false }),
      site('x', 'hub', { pending: false, ready: false, unreadyMs }),
      site('y', 'hub'),
    ];
    expect(decideRollout(first(1000), LIMITS)).toEqual({ now: new Set(), wait: { why: 'sites', sites: ['x'] } });
    expect([...decideRollout(first(LOST_MS), LIMITS).now]).toEqual(['y']);
  });

  it('nobody while it is paused', () => {
    const limits = { ...LIMITS, paused: true };
    expect(decideRollout([site('a', 'child')], limits)).toEqual({ now: new Set(), wait: { why: 'paused' } });
  });
});

test.each([
  ['25%', 8, 2],
  ['25%', 9, 3],
  ['0', 9, 1],
  ['0%', 9, 1],
  ['4', 9, 4],
  ['nonsense', 9, 1],
])('%s of %d are %d', (text, total, count) => expect(countOf(text, total)).toBe(count));
