import { describe, expect, it } from 'vitest';
import { chooseSource, type Source } from '../../../src/agent/transfer/sources.ts';
import { custodyOf } from '../../../src/agent/versions/custody.ts';
import type { SitePlan } from '../../../src/topology/site-plan.ts';

const plan: Pick<SitePlan, 'sites'> = {
  sites: [
    { name: 'australia', id: 1, role: 'hub' },
    { name: 'brazil', id: 2, role: 'child', hub: 'germany' },
    { name: 'germany', id: 3, role: 'hub' },
  ],
};
const source = (peer: string, held: number): Source => ({
  peer,
  custody: new Map([['brazil', custodyOf(9, held < 9 ? [held + 1] : [])]]),
});

describe('a version is pulled', () => {
  const version = { origin: 'brazil', seq: 5 };

  it("from its origin rather than its origin's hub, and from that rather than others", () => {
    const all = [source('australia', 9), source('germany', 9), source('brazil', 9)];
    expect(chooseSource(plan, all, version)).toBe('brazil');
    expect(chooseSource(plan, all.slice(0, 2), version)).toBe('germany');
    expect(chooseSource(plan, all.slice(0, 1), version)).toBe('australia');
  });

  it('from the others in turn after a failure: a holder may be unable to send it', () => {
    const all = [source('australia', 9), source('germany', 9), source('brazil', 9)];
    const turns = [0, 1, 2, 3].map((attempts) => chooseSource(plan, all, version, attempts));
    expect(turns).toEqual(['brazil', 'germany', 'australia', 'brazil']);
    expect(chooseSource(plan, [source('germany', 9)], version, 7)).toBe('germany');
  });

  it('from one that holds every other version, of which it can name only some', () => {
    const odd = Array.from({ length: 200 }, (_, i) => 2 * i + 1);
    const germany = { peer: 'germany', custody: new Map([['brazil', custodyOf(401, odd)]]) };
    for (const seq of [2, 100, 300, 398])
      expect(chooseSource(plan, [germany], { origin: 'brazil', seq })).toBe('germany');
    expect(chooseSource(plan, [germany], { origin: 'brazil', seq: 1 })).toBeUndefined();
    const australia = source('australia', 9);
    expect(chooseSource(plan, [germany, australia], { origin: 'brazil', seq: 4 }, 1)).toBe('australia');
  });

  it('only from a holder, and from nobody while it is being transferred', () => {
    expect(chooseSource(plan, [source('brazil', 4), source('australia', 9)], version)).toBe('australia');
    expect(chooseSource(plan, [source('brazil', 4)], version)).toBeUndefined();
    expect(chooseSource(plan, [{ peer: 'germany', custody: new Map() }], version)).toBeUndefined();
  });
});
