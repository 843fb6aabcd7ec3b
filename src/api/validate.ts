import type { Problem } from '../base/problem.ts';
import { fieldName } from './field.ts';
import type { Hub, Resources, Site, SyncFolder } from './schema.ts';

type Resource = Site | Hub | SyncFolder;

/** Names that other things have already: schemas of every database, and our own. */
const RESERVED = new Set([
  'local',
  'mysql',
  'sys',
  'information-schema',
  'performance-schema',
  'sitesync',
  'all',
  'none',
]);

/** The rules that only several objects together, or several fields, can break. Pure; every problem at once. */
export function validateResources(resources: Resources): Problem[] {
  return [
    ...names(resources),
    ...namespaces(resources),
    ...storage(resources.sites),
    ...hubs(resources),
    ...children(resources),
    ...folders(resources),
    ...overlaps(resources),
  ];
}

function names({ sites, hubs: allHubs, folders: allFolders }: Resources): Problem[] {
  const problems: Problem[] = [];
  if (sites.length === 0)
    problems.push({ reason: 'there is no Site', remedy: 'Write at least one Site and a Hub of its name' });
  for (const group of [sites, allHubs, allFolders] as Resource[][]) {
    const first = new Map<string, Resource>();
    for (const resource of group) {
      const { name } = resource.metadata;
      const before = first.get(name);
      if (before) {
        const where = before.source
          ? ` (the first is in ${before.source.file}, line ${before.source.line(['metadata', 'name'])})`
          : '';
        problems.push(
          problem(
            resource,
            ['metadata', 'name'],
            `there is another ${resource.kind} of this name${where}`,
            'Give each its own name',
          ),
        );
      } else first.set(name, resource);
      if (RESERVED.has(name))
        problems.push(problem(resource, ['metadata', 'name'], 'this name is reserved', 'Choose another name'));
    }
  }
  return problems;
}

function namespaces(resources: Resources): Problem[] {
  const all: Resource[] = [...resources.sites, ...resources.hubs, ...resources.folders];
  const first = all[0]?.metadata.namespace;
  return all
    .filter((resource) => resource.metadata.namespace !== first)
    .map((resource) =>
      problem(
        resource,
        ['metadata', 'namespace'],
        `is in the namespace "${resource.metadata.namespace}", others are in "${first}"`,
        'A namespace is one sync network: run one at a time',
      ),
    );
}

function storage(sites: Site[]): Problem[] {
  return sites
    .filter(({ spec }) => Object.keys(spec.storage).length > 1)
    .map((site) =>
      problem(site, ['spec', 'storage'], 'names more than one storage', 'Keep one of size, claimName and path'),
    );
}

function hubs({ sites, hubs: allHubs }: Resources): Problem[] {
  const problems: Problem[] = [];
  const listening = new Map<string, Hub>();
  for (const hub of allHubs) {
    const site = sites.find((one) => one.metadata.name === hub.metadata.name);
    if (!site)
      problems.push(
        problem(hub, ['metadata', 'name'], 'there is no Site of this name', 'Write the Site that plays this role'),
      );
    else if (site.spec.hubs.length > 0) {
      const reason = `it is a hub itself (Hub/${hub.metadata.name}), and a hub has no hub: hubs are all linked with each other`;
      problems.push(problem(site, ['spec', 'hubs'], reason, 'Remove its hubs, or the Hub of its name'));
    }
    const { listen } = hub.spec;
    if (listen === undefined) continue;
    const other = listening.get(listen);
    if (other)
      problems.push(
        problem(hub, ['spec', 'listen'], `Hub/${other.metadata.name} listens there too`, 'Give each hub its own port'),
      );
    listening.set(listen, hub);
  }
  return problems;
}

function children({ sites, hubs: allHubs }: Resources): Problem[] {
  const problems: Problem[] = [];
  const isHub = (name: string) => allHubs.some((hub) => hub.metadata.name === name);
  for (const site of sites) {
    if (isHub(site.metadata.name)) continue;
    if (site.spec.hubs.length === 0) {
      problems.push(
        problem(
          site,
          ['spec', 'hubs'],
          'it has no hub',
          'List the hubs it may connect to, the preferred first; or write a Hub of its name',
        ),
      );
    }
    const seen = new Set<string>();
    for (const [i, { name }] of site.spec.hubs.entries()) {
      const path = ['spec', 'hubs', i, 'name'];
      if (seen.has(name)) problems.push(problem(site, path, `lists "${name}" twice`, 'Remove one'));
      else if (name === site.metadata.name)
        problems.push(problem(site, path, 'is its own hub: that is a loop', `Name another, or write a Hub "${name}"`));
      else if (!isHub(name)) problems.push(unknownHub(site, path, name, sites));
      seen.add(name);
    }
  }
  return problems;
}

function unknownHub(site: Site, path: PropertyKey[], name: string, sites: Site[]): Problem {
  const other = sites.find((one) => one.metadata.name === name);
  if (!other)
    return problem(site, path, `there is no hub "${name}"`, 'Correct the name, or write a Site and a Hub of it');
  const loop = other.spec.hubs.some((hub) => hub.name === site.metadata.name);
  const reason = loop
    ? `"${name}" names this site as its hub in turn: that is a loop, and neither is a hub`
    : `the site "${name}" is no hub`;
  return problem(site, path, reason, `Write a Hub "${name}" to give it that role`);
}

function folders({ sites, folders: allFolders }: Resources): Problem[] {
  const problems: Problem[] = [];
  for (const folder of allFolders) {
    const seen = new Set<string>();
    for (const [i, { name }] of folder.spec.sites.entries()) {
      const path = ['spec', 'sites', i, 'name'];
      if (!sites.some((site) => site.metadata.name === name))
        problems.push(problem(folder, path, `there is no site "${name}"`, 'Correct the name, or write the Site'));
      if (seen.has(name)) problems.push(problem(folder, path, `lists "${name}" twice`, 'Remove one'));
      seen.add(name);
    }
    if (sites.length > 0 && membersOf(folder, sites).length === 0) {
      problems.push(
        problem(
          folder,
          ['spec', 'selector'],
          'no site shares it',
          'Write "selector: {}" for all sites, matchLabels for some, or list them in sites',
        ),
      );
    }
  }
  return problems;
}

/** The sites that share a folder, by label or by name. */
export function membersOf({ spec }: SyncFolder, sites: Site[]): Site[] {
  const { selector } = spec;
  const wanted = Object.entries(selector?.matchLabels ?? {});
  return sites.filter(
    (site) =>
      spec.sites.some((one) => one.name === site.metadata.name) ||
      (selector !== undefined && wanted.every(([key, value]) => site.metadata.labels[key] === value)),
  );
}

/** Two folders of one site must not lie inside each other: each would sync the other's files as its own. */
function overlaps({ sites, folders: allFolders }: Resources): Problem[] {
  const problems: Problem[] = [];
  for (const site of sites) {
    const placed: { folder: SyncFolder; path: string; field: PropertyKey[] }[] = [];
    for (const folder of allFolders) {
      const i = folder.spec.sites.findIndex((one) => one.name === site.metadata.name);
      const path =
        folder.spec.sites[i]?.path ?? (site.spec.storage.path && `${site.spec.storage.path}/${folder.metadata.name}`);
      if (path === undefined || !membersOf(folder, [site]).length) continue;
      placed.push({ folder, path: normal(path), field: i < 0 ? ['metadata', 'name'] : ['spec', 'sites', i, 'path'] });
    }
    for (const [i, a] of placed.entries()) {
      for (const b of placed.slice(0, i)) {
        if (!inside(a.path, b.path) && !inside(b.path, a.path)) continue;
        const reason = `at ${site.metadata.name} its path ${a.path} overlaps with ${b.path} of SyncFolder/${b.folder.metadata.name}`;
        problems.push(problem(a.folder, a.field, reason, 'Give each folder a path of its own, none inside another'));
      }
    }
  }
  return problems;
}

const normal = (path: string) => path.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
const inside = (a: string, b: string) => a === b || a.startsWith(b === '/' ? b : `${b}/`);

function problem(resource: Resource, path: PropertyKey[], reason: string, remedy: string): Problem {
  const line = resource.source?.line(path);
  return {
    ...(resource.source && { file: resource.source.file }),
    ...(line !== undefined && { line }),
    object: `${resource.kind}/${resource.metadata.name}`,
    field: fieldName(path),
    reason,
    remedy,
  };
}
