import fc from 'fast-check';
import { KINDS, type Resources } from '../../src/api/schema.ts';

const apiVersion = 'sitesync.dev/v1alpha1';

/** A topology as a user could write it: some hubs, children with one or more of them, folders for some of the sites. */
export interface Sketch {
  hubs: string[];
  children: { name: string; hubs: string[]; up: string }[];
  folders: { name: string; sites: string[] | undefined }[];
}

const RATES = ['unlimited', '64kbit', '10mbit'];
export const sketch: fc.Arbitrary<Sketch> = fc
  .record({
    hubs: fc.integer({ min: 1, max: 5 }),
    children: fc.array(fc.record({ first: fc.nat(), more: fc.nat(3), rate: fc.nat(2) }), { maxLength: 25 }),
    folders: fc.array(fc.option(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), { nil: undefined }), {
      maxLength: 4,
    }),
  })
  .map(({ hubs: count, children, folders }) => {
    const hubs = Array.from({ length: count }, (_, i) => `hub-${i}`);
    const named = children.map(({ first, more, rate }, i) => ({
      name: `child-${i}`,
      hubs: Array.from({ length: Math.min(count, 1 + more) }, (_, k) => hubs[(first + k) % count]!),
      up: RATES[rate]!,
    }));
    const all = [...hubs, ...named.map((child) => child.name)];
    return {
      hubs,
      children: named,
      folders: folders.map((picks, i) => ({
        name: `folder-${i}`,
        sites: picks && [...new Set(picks.map((pick) => all[pick % all.length]!))],
      })),
    };
  });

export function resourcesOf({ hubs, children, folders }: Sketch): Resources {
  const site = (name: string, spec: object) => KINDS.Site.parse({ apiVersion, kind: 'Site', metadata: { name }, spec });
  return {
    sites: [
      ...hubs.map((name) => site(name, {})),
      ...children.map((child) =>
        site(child.name, { hubs: child.hubs.map((name) => ({ name })), link: { up: child.up } }),
      ),
    ],
    hubs: hubs.map((name) => KINDS.Hub.parse({ apiVersion, kind: 'Hub', metadata: { name }, spec: {} })),
    folders: folders.map(({ name, sites }) =>
      KINDS.SyncFolder.parse({
        apiVersion,
        kind: 'SyncFolder',
        metadata: { name },
        spec: sites ? { sites: sites.map((one) => ({ name: one })) } : { selector: {} },
      }),
    ),
  };
}
