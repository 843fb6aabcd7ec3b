import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SiteSecrets } from '../../src/base/site-dir.ts';
import { advanceRotation, type Rotation } from '../../src/topology/rotation.ts';
import { completeSecrets } from '../../src/topology/secrets.ts';
import type { SitePlan } from '../../src/topology/site-plan.ts';

const DAY = 86_400_000;
const TIMING = { settleMs: 300_000, patienceMs: 30 * DAY };
const STEADY: Rotation = { phase: 'steady', since: 0 };
const AGE = { maxAgeMs: 90 * DAY };

test('a secret is replaced at two thirds of its maximum age, and not before', () => {
  const at = (now: number) => advanceRotation(STEADY, { now, followed: true, ...AGE }, TIMING).phase;
  expect(at(60 * DAY - 1)).toBe('steady');
  expect(at(60 * DAY)).toBe('announced');
});

test('a request starts a rotation once', () => {
  const asked = advanceRotation(STEADY, { now: 1, followed: true, request: 'a', ...AGE }, TIMING);
  expect(asked).toMatchObject({ phase: 'announced', token: 'a', startedAt: 1 });
  const done: Rotation = { phase: 'steady', since: 5, token: 'a' };
  expect(advanceRotation(done, { now: 6, followed: true, request: 'a', ...AGE }, TIMING)).toBe(done);
});

test('a phase ends a while after all sites have followed; one that does not follow is not waited for forever', () => {
  const announced: Rotation = { phase: 'announced', since: 0, startedAt: 0 };
  const waits = advanceRotation(announced, { now: DAY, followed: false, ...AGE }, TIMING);
  expect(waits).toBe(announced);
  const followed = advanceRotation(announced, { now: DAY, followed: true, ...AGE }, TIMING);
  expect(followed).toEqual({ ...announced, followedSince: DAY });
  expect(advanceRotation(followed, { now: DAY + 299_999, followed: true, ...AGE }, TIMING)).toBe(followed);
  expect(advanceRotation(followed, { now: DAY + 300_000, followed: true, ...AGE }, TIMING).phase).toBe('inUse');
  expect(advanceRotation(followed, { now: DAY + 1, followed: false, ...AGE }, TIMING)).toEqual(announced);
  expect(advanceRotation(announced, { now: 30 * DAY, followed: false, ...AGE }, TIMING).phase).toBe('inUse');
});

const LINKS: Record<string, string[]> = {
  brazil: ['germany'],
  germany: ['australia', 'brazil', 'spain'],
  spain: ['germany'],
  australia: ['germany'],
};
const plans = Object.entries(LINKS).map(
  ([site, peers]) => ({ site, links: peers.map((peer) => ({ peer })) }) as SitePlan,
);

/** Whether what `site` uses at `peer` is accepted there, each as far as it has followed. */
function accepts(site: string, mine: SiteSecrets, peer: string, theirs: SiteSecrets): boolean {
  const used = mine.outbound[peer]!;
  return [theirs.inbound[site], theirs.alsoInbound?.[site]].some((one) => one?.mysqlPassword === used.mysqlPassword);
}

test('whenever sites pick up their files, every two neighbours accept each other', () => {
  /** Hours until the next check, and which sites pick up their files, as bits. */
  const looks = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 100 }), follow: fc.nat(15) }), { minLength: 50 });
  fc.assert(
    fc.property(looks, (list) => {
      let counter = 0;
      const make = () => `p${counter++}`;
      let rotation: Rotation = STEADY;
      let made = completeSecrets(plans, new Map(), { make, rotation });
      const has = new Map(made);
      let now = 0;
      for (const { hours, follow } of list) {
        now += hours * 3_600_000;
        for (const [i, { site }] of plans.entries()) if ((follow >> i) & 1) has.set(site, made.get(site)!);
        for (const { site, links } of plans)
          for (const { peer } of links)
            expect(accepts(site, has.get(site)!, peer, has.get(peer)!), `${site} at ${peer}`).toBe(true);
        const followed = plans.every(({ site }) => has.get(site) === made.get(site));
        rotation = advanceRotation(
          rotation,
          { now, followed, ...AGE },
          { ...TIMING, patienceMs: Number.POSITIVE_INFINITY },
        );
        const next = completeSecrets(plans, made, { make, rotation });
        expect(completeSecrets(plans, next, { make, rotation })).toEqual(next);
        if (JSON.stringify([...next]) !== JSON.stringify([...made])) made = next;
      }
    }),
  );
});

test('a rotation replaces every password', () => {
  let rotation: Rotation = STEADY;
  let secrets = completeSecrets(plans, new Map());
  const before = secrets;
  for (let now = 100 * DAY; rotation.phase !== 'steady' || rotation === STEADY; now += 3_600_000) {
    rotation = advanceRotation(rotation, { now, followed: true, ...AGE }, TIMING);
    secrets = completeSecrets(plans, secrets, { rotation });
  }
  const all = (made: Map<string, SiteSecrets>) =>
    [...made.values()].flatMap((one) => [
      one.agentPassword,
      one.apiToken,
      ...Object.values(one.inbound).flatMap((login) => [login.mysqlPassword, login.rsyncPassword]),
    ]);
  expect(all(secrets)).toHaveLength(all(before).length);
  expect(new Set([...all(secrets), ...all(before)]).size).toBe(2 * all(before).length);
});
