import type { InputProblem } from '../base/invalid-input.ts';
import { addressesClash, parseAddress } from './address.ts';
import { loopsOf } from './loops.ts';
import { problemAt } from './problem-at.ts';
import type { Hub, Resources, Site } from './schema.ts';

/** The rules for hubs: hubs have none themselves, every other site has one or more. Pure. */
export function hubProblems({ sites, hubs }: Resources): InputProblem[] {
  const siteOf = new Map(sites.map((site) => [site.metadata.name, site]));
  const hubNames = new Set(hubs.map((hub) => hub.metadata.name));
  const loops = loopsOf(sites);
  // What a loop explains is not reported again for each of its sites.
  const inLoop = new Set(loops.flatMap((loop) => loop.slice(1).map((name, i) => `${loop[i]} ${name}`)));
  return [
    ...hubs.flatMap((hub) => withoutSite(hub, siteOf)),
    ...listening(hubs),
    ...loops.map((loop) => loopProblem(loop, siteOf)),
    ...sites.flatMap((site) =>
      hubNames.has(site.metadata.name) ? hubWithHub(site, inLoop) : childProblems(site, siteOf, hubNames, inLoop),
    ),
  ];
}

function withoutSite(hub: Hub, siteOf: Map<string, Site>): InputProblem[] {
  if (siteOf.has(hub.metadata.name)) return [];
  const remedy = 'Add the Site';
  return [problemAt(hub, ['metadata', 'name'], 'there is no Site with this name', remedy)];
}

function listening(hubs: Hub[]): InputProblem[] {
  const given = hubs.flatMap((hub) =>
    hub.spec.listen === undefined ? [] : [{ hub, at: parseAddress(hub.spec.listen) }],
  );
  return given.flatMap(({ hub, at }, i) => {
    const other = given
      .slice(0, i)
      .find((one) => one.hub.metadata.name !== hub.metadata.name && addressesClash(one.at, at));
    if (!other) return [];
    const reason = `Hub/${other.hub.metadata.name} listens on the same address`;
    return [problemAt(hub, ['spec', 'listen'], reason, 'Give each hub its own port')];
  });
}

function loopProblem(loop: string[], siteOf: Map<string, Site>): InputProblem {
  const site = siteOf.get(loop[0]!)!;
  const i = site.spec.hubs.findIndex(({ name }) => name === loop[1]);
  const reason = `its hubs form a loop: ${loop.join(' → ')}`;
  const remedy = 'Remove spec.hubs from the sites that should be hubs, and add a Hub for each of them';
  return problemAt(site, ['spec', 'hubs', i, 'name'], reason, remedy);
}

function hubWithHub(site: Site, inLoop: Set<string>): InputProblem[] {
  const { name } = site.metadata;
  if (site.spec.hubs.length === 0 || site.spec.hubs.some((hub) => inLoop.has(`${name} ${hub.name}`))) return [];
  const reason = `it is itself a hub (Hub/${name}), and hubs have no hubs: they are all linked to each other`;
  return [problemAt(site, ['spec', 'hubs'], reason, 'Remove its hubs, or the Hub with its name')];
}

function childProblems(
  site: Site,
  siteOf: Map<string, Site>,
  hubNames: Set<string>,
  inLoop: Set<string>,
): InputProblem[] {
  const { hubs } = site.spec;
  if (hubs.length === 0) {
    const remedy = 'List the hubs it may connect to, in order of preference, or add a Hub with its name';
    return [problemAt(site, ['spec', 'hubs'], 'it has no hub', remedy)];
  }
  return hubs.flatMap(({ name }, i) => {
    const path = ['spec', 'hubs', i, 'name'];
    if (hubs.findIndex((hub) => hub.name === name) < i)
      return [problemAt(site, path, `lists "${name}" twice`, 'Remove one of them')];
    if (hubNames.has(name) || inLoop.has(`${site.metadata.name} ${name}`)) return [];
    return siteOf.has(name)
      ? [problemAt(site, path, `the site "${name}" is not a hub`, `Add a Hub "${name}" to make it one`)]
      : [
          problemAt(
            site,
            path,
            `there is no hub "${name}"`,
            'Correct the name, or add a Site and a Hub with this name',
          ),
        ];
  });
}
