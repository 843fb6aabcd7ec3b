import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CustomObject,
  nameOf,
  type PlanCheckpoint,
  takeInventory,
} from '../../../src/operator/network/inventory.ts';
import { resourcesOf, sketch } from '../../topology/sketch.ts';

const EMPTY: PlanCheckpoint = { ports: {}, specs: {} };
const object = (kind: CustomObject['kind'], name: string, spec?: unknown): CustomObject => ({
  kind,
  metadata: { name, namespace: 'acme' },
  ...(spec !== undefined && { spec }),
});
const OFFICES = [
  object('Site', 'germany'),
  object('Hub', 'germany'),
  object('Site', 'brazil', { hubs: [{ name: 'germany' }] }),
  object('SyncFolder', 'projects', { selector: {} }),
];
const replace = (spec: unknown, kind: CustomObject['kind'], name: string) =>
  OFFICES.map((one) => (nameOf(one) === `${kind}/${name}` ? object(kind, name, spec) : one));
const sitesOf = (written: CustomObject[], checkpoint = EMPTY) =>
  takeInventory(written, checkpoint).plan.sites.map(({ site }) => site);

describe('the inventory of a namespace', () => {
  it('plans valid objects', () => {
    const { plan, problems } = takeInventory(OFFICES, EMPTY);
    expect(plan.sites.map(({ site }) => site)).toEqual(['brazil', 'germany']);
    expect(problems.size).toBe(0);
  });

  it('leaves out what never was valid, and reports why on that object', () => {
    const written = [...OFFICES, object('Site', 'spain', { hubs: [{ name: 'nowhere' }], storage: { size: 'much' } })];
    const { plan, problems } = takeInventory(written, EMPTY);
    expect(plan.sites.map(({ site }) => site)).toEqual(['brazil', 'germany']);
    expect([...problems.keys()]).toEqual(['Site/spain']);
    expect(problems.get('Site/spain')?.map(({ field }) => field)).toEqual(['spec.storage.size']);
  });

  it('uses the last valid spec', () => {
    const { checkpoint, plan: before } = takeInventory(OFFICES, EMPTY);
    const { plan, problems } = takeInventory(replace({ hubs: [{ name: 'nowhere' }] }, 'Site', 'brazil'), checkpoint);
    expect(plan.sites).toEqual(before.sites);
    expect(problems.get('Site/brazil')?.[0]?.reason).toBe('there is no hub "nowhere"');
    const folder = takeInventory(replace({ sites: [{ name: 'mars' }] }, 'SyncFolder', 'projects'), checkpoint);
    expect(folder.plan.sites).toEqual(before.sites);
    expect([...folder.problems.keys()]).toEqual(['SyncFolder/projects']);
  });

  it('continues with the remaining hubs when a hub of a child is gone', () => {
    const two = [
      ...OFFICES,
      object('Site', 'australia'),
      object('Hub', 'australia'),
      object('Site', 'spain', { hubs: [{ name: 'germany' }, { name: 'australia' }] }),
    ];
    const { checkpoint } = takeInventory(two, EMPTY);
    const left = two.filter((one) => one.metadata.name !== 'germany');
    for (const known of [checkpoint, takeInventory(left, checkpoint).checkpoint]) {
      const { plan, problems } = takeInventory(left, known);
      expect(plan.sites.map(({ site }) => site)).toEqual(['australia', 'spain']);
      expect(plan.sites[1]!.links.map(({ peer }) => peer)).toEqual(['australia']);
      expect(problems.get('Site/spain')?.[0]?.reason).toBe('there is no hub "germany"');
    }
    const back = takeInventory(two, takeInventory(left, checkpoint).checkpoint);
    expect(back.plan.sites.find(({ site }) => site === 'spain')!.links).toHaveLength(2);
    expect(back.problems.size).toBe(0);
  });

  it('keeps the hubs that exist also of a new spec, at once', () => {
    const first = [object('Site', 'spain'), object('Hub', 'spain')];
    const hubs = [{ name: 'germany' }, { name: 'nowhere' }];
    const second = [object('Site', 'germany'), object('Hub', 'germany'), object('Site', 'spain', { hubs })];
    const { plan, checkpoint, problems } = takeInventory(second, takeInventory(first, EMPTY).checkpoint);
    expect(plan.sites.map(({ site }) => site)).toEqual(['germany', 'spain']);
    expect(plan.sites[1]!.links.map(({ peer }) => peer)).toEqual(['germany']);
    expect(problems.get('Site/spain')?.map(({ reason }) => reason)).toEqual(['there is no hub "nowhere"']);
    expect(takeInventory(second, checkpoint).plan).toEqual(plan);
  });

  it('stores only what it planned with', () => {
    const { checkpoint } = takeInventory(replace({ hubs: [{ name: 'nowhere' }] }, 'Site', 'brazil'), EMPTY);
    expect(Object.keys(checkpoint.specs).sort()).toEqual(['Hub/germany', 'Site/germany', 'SyncFolder/projects']);
  });

  it('plans nothing for no objects', () => {
    expect(sitesOf([])).toEqual([]);
    expect(sitesOf([object('Hub', 'germany')])).toEqual([]);
  });

  it('terminates for any objects, and plans all when all are valid', () => {
    const spec = fc.oneof(
      fc.constant(undefined),
      fc.record({ hubs: fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd') }), { maxLength: 3 }) }),
      fc.object(),
    );
    const anything = fc.record({
      kind: fc.constantFrom<CustomObject['kind']>('Site', 'Hub', 'SyncFolder'),
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      spec,
    });
    const some = fc.uniqueArray(anything, { selector: ({ kind, name }) => `${kind}/${name}`, maxLength: 12 });
    const written = some.map((all) => all.map((one) => object(one.kind, one.name, one.spec)));
    fc.assert(
      fc.property(written, written, (first, second) => {
        const before = takeInventory(first, EMPTY);
        const after = takeInventory(second, before.checkpoint);
        for (const { plan, problems } of [before, after]) {
          expect(plan.problems).toEqual([]);
          for (const list of problems.values()) expect(list.length).toBeGreaterThan(0);
        }
        const again = takeInventory(second, after.checkpoint);
        expect(again.plan).toEqual(after.plan);
      }),
    );
  });

  it('equals the plan of the local runner', () => {
    fc.assert(
      fc.property(sketch, (drawn) => {
        const { sites, hubs, folders } = resourcesOf(drawn);
        const written = [...sites, ...hubs, ...folders].map(({ kind, metadata, spec }) => ({ kind, metadata, spec }));
        const { plan, problems } = takeInventory(written, EMPTY);
        expect([...problems]).toEqual([]);
        expect(plan.sites.map(({ site }) => site)).toEqual(sites.map(({ metadata }) => metadata.name).sort());
      }),
    );
  });
});
