import { type Endpoint, isLoopback, parseAddress } from '../api/address.ts';
import type { Hub, Resources, Site } from '../api/schema.ts';
import type { InputProblem } from '../base/invalid-input.ts';
import { foldersBySite } from './folders.ts';
import { siteId } from './ids.ts';
import { inlineBudget } from './inline.ts';
import { byName, type Link, linkPlan, linksOf, portNames } from './links.ts';
import { foldersInPod, inPod, podProblems } from './pod-rules.ts';
import { POD_LISTENS, POD_USER } from './pods.ts';
import { assignPorts, type NamedPorts, nextLedger, PORTS, type PortLedger } from './ports.ts';
import type { EngineName, SitePlan } from './site-plan.ts';

export interface Plan {
  /** One per Site, sorted by name; empty when there are problems. */
  sites: SitePlan[];
  problems: InputProblem[];
  /** Pass it to the next plan, so that ports stay the same. */
  ports: PortLedger;
}

export interface PlanOptions {
  /** From the previous plan. */
  ports?: PortLedger;
  /** Whether sites run as pods in a cluster rather than side by side on one machine. */
  pods?: boolean;
  /** MariaDB by default. */
  engine?: EngineName;
}

/**
 * What every site of a valid topology runs (`validateResources` has no problems). Pure; independent of the order of the
 * resources. Given the ledger of the previous plan, changing one site changes another's plan only where the two are
 * related.
 */
export function plan(resources: Resources, options: PlanOptions = {}): Plan {
  const sites = resources.sites.toSorted(byName);
  const hubs = new Map(resources.hubs.map((hub) => [hub.metadata.name, hub]));
  const names = sites.map((site) => site.metadata.name);
  const links = linksOf(resources);
  const needed = portsNeeded(names, hubs, links);
  const named = namedPorts(resources);
  const ledger = options.ports ?? {};
  const { pods = false, engine = 'mariadb' } = options;
  const problems = [
    ...idProblems(names),
    ...portProblems(needed.length + named.foreign.length),
    ...(pods ? podProblems(resources, links) : []),
  ];
  if (problems.length > 0) return { sites: [], problems, ports: ledger };

  const ports = assignPorts(needed, named, ledger);
  const held = foldersBySite(resources);
  const inline = inlineBudget(links);
  const external = new Set(pods ? sites.filter((site) => !inPod(site)).map(({ metadata }) => metadata.name) : []);
  const roster = sites.map(({ metadata: { name }, spec }): SitePlan['sites'][number] => {
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
    const listen = hub && listenOf(hub, ports, pods);
    return {
      network: namespace,
      site: name,
      id: siteId(name),
      role: hub ? 'hub' : 'child',
      ...(external.has(name) && { external: true }),
      engine,
      ports: {
        mysql: ports[`${name}/mysql`]!,
        rsync: ports[`${name}/rsync`]!,
        api: ports[`${name}/api`]!,
        ...(listen && { ssh: listen.port }),
      },
      ...(listen && { listen }),
      ...pageOf(site, ports, pods),
      ...(pods && inPod(site) && { expose: POD_LISTENS.https }),
      links: links
        .filter(({ dialler, acceptor }) => dialler === name || acceptor === name)
        .map((link) => ({
          ...linkPlan(link, name, hubs.get(link.acceptor)!, ports, pods),
          ...(external.has(link.dialler) && { bundle: true as const }),
          // On its own machine it may run as any user; at the hub it logs in as the pod's user.
          ...(external.has(name) && { user: POD_USER }),
        }))
        .sort((a, b) => (a.kind === 'uplink' ? a.priority - b.priority : a.peer < b.peer ? -1 : 1)),
      folders: pods && inPod(site) ? foldersInPod(held.get(name) ?? [], site).folders : (held.get(name) ?? []),
      sites: roster,
      inline,
      beatSeconds: Math.max(48, 8 * sites.length),
    };
  });
  return { sites: plans, problems: [], ports: nextLedger(ports, ledger) };
}

/** A pod has a page only on request, because it is exposed there. */
function pageOf(site: Site, ports: PortLedger, pods: boolean): Pick<SitePlan, 'page' | 'oidc' | 'trustedProxies'> {
  const { trustedProxies } = site.spec.page ?? {};
  return { ...listenOfPage(site, ports, pods), ...oidcOf(site), ...(trustedProxies?.length && { trustedProxies }) };
}

/** The identity provider redirects to the configured address, or else to the host of the page. */
function oidcOf({ spec }: Site): Pick<SitePlan, 'oidc'> {
  const { oidc, host } = spec.page ?? {};
  if (!oidc) return {};
  const { secretName: _secret, url = host && `https://${host}`, ...settings } = oidc;
  return url ? { oidc: { ...settings, url } } : {};
}

function listenOfPage(site: Site, ports: PortLedger, pods: boolean): Pick<SitePlan, 'page'> {
  const { metadata, spec } = site;
  if (pods && inPod(site)) return spec.page === undefined ? {} : { page: POD_LISTENS.page };
  if (spec.page?.listen !== undefined) return { page: parseAddress(spec.page.listen) };
  return { page: { host: '127.0.0.1', port: ports[`${metadata.name}/page`]! } };
}

function listenOf({ metadata, spec }: Hub, ports: PortLedger, pods: boolean): Endpoint {
  if (spec.listen !== undefined) return parseAddress(spec.listen);
  return pods ? POD_LISTENS.ssh : { host: '127.0.0.1', port: ports[`${metadata.name}/ssh`]! };
}

function portsNeeded(names: string[], hubs: Map<string, Hub>, links: Link[]): string[] {
  const own = names.flatMap((name) => [
    `${name}/mysql`,
    `${name}/rsync`,
    `${name}/api`,
    `${name}/page`,
    ...(hubs.has(name) ? [`${name}/ssh`] : []),
  ]);
  return [...new Set([...own, ...links.flatMap((link) => Object.values(portNames(link)).flat())])];
}

/** An address on this machine is that of a tunnel or proxy, unless the hub itself listens there. */
export function namedPorts({ sites, hubs }: Resources): NamedPorts {
  const listens = hubs.flatMap(({ metadata, spec }) =>
    spec.listen === undefined ? [] : [[`${metadata.name}/ssh`, parseAddress(spec.listen).port] as const],
  );
  const pages = sites.flatMap(({ metadata, spec }) =>
    spec.page?.listen === undefined ? [] : [[`${metadata.name}/page`, parseAddress(spec.page.listen).port] as const],
  );
  const addresses = [
    ...hubs.map(({ spec }) => spec.address),
    ...sites.flatMap(({ spec }) => spec.hubs.map((hub) => hub.address)),
  ];
  const here = addresses
    .filter((address) => address !== undefined)
    .map(parseAddress)
    .filter(isLoopback);
  return { fixed: Object.fromEntries([...listens, ...pages]), foreign: [...new Set(here.map(({ port }) => port))] };
}

function portProblems(needed: number): InputProblem[] {
  if (needed <= PORTS) return [];
  const reason = `the network needs ${needed} ports on one machine, but only ${PORTS} are available`;
  return [{ reason, remedy: 'Give its sites fewer backup hubs, or split the network' }];
}

/** Ids are hashes: two names may share one, though that is very unlikely. */
function idProblems(names: string[]): InputProblem[] {
  return [...Map.groupBy(names, siteId).values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      object: `Site/${group[1]}`,
      field: 'metadata.name',
      reason: `it has the same number as Site/${group[0]} (numbers are derived from names)`,
      remedy: 'Rename one of them',
    }));
}
