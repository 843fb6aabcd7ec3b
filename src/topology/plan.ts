import { parseAddress } from '../api/address.ts';
import type { Hub, Resources } from '../api/schema.ts';
import type { Problem } from '../base/problem.ts';
import { foldersBySite } from './folders.ts';
import { siteId } from './ids.ts';
import { byName, type Link, linkPlan, linksOf, portNames } from './links.ts';
import { assignPorts, type PortLedger } from './ports.ts';
import type { InlineBudget, SitePlan } from './site-plan.ts';

export interface Plan {
  /** One per Site, sorted by name; empty when there are problems. */
  sites: SitePlan[];
  problems: Problem[];
  /** To be given to the next plan, so that nothing moves. */
  ports: PortLedger;
}

/**
 * What every site of a valid topology runs (`validateResources` has no problems). Pure; independent of the order of the
 * resources; given the ledger of the plan before, a change of one site changes another's plan only where the two touch.
 */
export function plan(resources: Resources, options: { ports?: PortLedger } = {}): Plan {
  const sites = resources.sites.toSorted(byName);
  const hubs = new Map(resources.hubs.map((hub) => [hub.metadata.name, hub]));
  const problems = idProblems(sites.map((site) => site.metadata.name));
  if (problems.length > 0) return { sites: [], problems, ports: options.ports ?? {} };

  const links = linksOf(resources);
  const ports = assignPorts(
    portsNeeded(
      sites.map((site) => site.metadata.name),
      hubs,
      links,
    ),
    fixedPorts(resources.hubs),
    options.ports ?? {},
  );
  const folders = foldersBySite(resources);
  const inline = inlineBudget(links);
  const roll = sites.map(({ metadata: { name }, spec }): SitePlan['sites'][number] => {
    const isHub = hubs.has(name);
    return {
      name,
      id: siteId(name),
      role: isHub ? 'hub' : 'child',
      ...(!isHub && spec.hubs[0] && { hub: spec.hubs[0].name }),
    };
  });
  const plans = sites.map((site): SitePlan => {
    const { name, namespace } = site.metadata;
    const hub = hubs.get(name);
    const ssh = ports[`${name}/ssh`];
    return {
      network: namespace,
      site: name,
      id: siteId(name),
      role: hub ? 'hub' : 'child',
      ports: {
        mysql: ports[`${name}/mysql`]!,
        rsync: ports[`${name}/rsync`]!,
        api: ports[`${name}/api`]!,
        ...(hub && { ssh: ssh! }),
      },
      ...(hub && {
        listen: hub.spec.listen === undefined ? { host: '127.0.0.1', port: ssh! } : parseAddress(hub.spec.listen),
      }),
      links: links
        .filter(({ dialler, acceptor }) => dialler === name || acceptor === name)
        .map((link) => linkPlan(link, name, hubs.get(link.acceptor)!, ports))
        .sort((a, b) => (a.kind === 'uplink' ? a.priority - b.priority : a.peer < b.peer ? -1 : 1)),
      folders: folders.get(name) ?? [],
      sites: roll,
      inline,
      beatSeconds: Math.max(30, 6 * sites.length),
    };
  });
  return { sites: plans, problems: [], ports: { ...options.ports, ...ports } };
}

function portsNeeded(names: string[], hubs: Map<string, Hub>, links: Link[]): string[] {
  const own = names.flatMap((name) => [
    `${name}/mysql`,
    `${name}/rsync`,
    `${name}/api`,
    ...(hubs.has(name) ? [`${name}/ssh`] : []),
  ]);
  return [...new Set([...own, ...links.flatMap((link) => Object.values(portNames(link)).flat())])];
}

function fixedPorts(hubs: Hub[]): PortLedger {
  return Object.fromEntries(
    hubs.flatMap(({ metadata, spec }) =>
      spec.listen === undefined ? [] : [[`${metadata.name}/ssh`, parseAddress(spec.listen).port]],
    ),
  );
}

/** Seconds of the slowest line that one small content may take. */
const INLINE_SECONDS = 0.25;
/** Share of the slowest line that contents in rows may take: rows and heartbeats are one ordered stream. */
const INLINE_SHARE = 0.1;
const INLINE_MIN = 512;
const INLINE_MAX = 131_072;

/** See docs/decisions for the figures. */
function inlineBudget(links: Link[]): InlineBudget {
  const slowest = Math.min(
    ...links.flatMap(({ up, down }) => [up ?? Number.POSITIVE_INFINITY, down ?? Number.POSITIVE_INFINITY]),
    Number.POSITIVE_INFINITY,
  );
  if (slowest === Number.POSITIVE_INFINITY)
    return { maxBytes: INLINE_MAX, bytesPerSecond: 8 * 2 ** 20, burstBytes: 16 * 2 ** 20 };
  const maxBytes = Math.round(Math.min(INLINE_MAX, Math.max(INLINE_MIN, slowest * INLINE_SECONDS)));
  const bytesPerSecond = Math.max(1, Math.round(slowest * INLINE_SHARE));
  return { maxBytes, bytesPerSecond, burstBytes: Math.max(maxBytes, 4 * bytesPerSecond) };
}

/** Ids are hashes: two names may share one, though hardly ever. */
function idProblems(names: string[]): Problem[] {
  return [...Map.groupBy(names, siteId).values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      object: `Site/${group[1]}`,
      field: 'metadata.name',
      reason: `its number is the same as that of Site/${group[0]} (numbers are made from names)`,
      remedy: 'Rename one of the two',
    }));
}
