import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plan } from '../../src/topology/plan.ts';
import { joinPlan, ownPlan, rosterOf } from '../../src/topology/roster.ts';
import { resourcesOf, sketch } from './sketch.ts';

const parsed = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;

describe('the roster of a network', () => {
  it('together with the rest of each plan restores the plan', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const { sites } = plan(resourcesOf(drawn));
        const roster = parsed(rosterOf(sites)!);
        for (const one of sites) expect(joinPlan(parsed(ownPlan(one)), roster)).toEqual(one);
      }),
    );
  });

  it('excludes neighbours and folders that it does not know', () => {
    fc.assert(
      fc.property(sketch, fc.nat(), (drawn, n) => {
        const { sites } = plan(resourcesOf(drawn));
        const missing = sites[n % sites.length]!.site;
        const roster = rosterOf(sites)!;
        const older = { ...roster, sites: roster.sites.filter(({ name }) => name !== missing), members: {} };
        for (const one of sites) {
          if (one.site === missing) expect(() => joinPlan(ownPlan(one), older)).toThrow(/is not in the list of sites/);
          else {
            const { links, folders } = joinPlan(ownPlan(one), older);
            expect(links).toEqual(one.links.filter(({ peer }) => peer !== missing));
            expect(folders).toEqual([]);
          }
        }
      }),
    );
  });
});
