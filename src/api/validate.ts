import type { InputProblem } from '../base/invalid-input.ts';
import { hubProblems } from './hub-rules.ts';
import { membersOf } from './members.ts';
import { objectProblems } from './object-rules.ts';
import { overlapsAtSites } from './overlaps.ts';
import { problemAt, type Resource } from './problem-at.ts';
import type { Resources } from './schema.ts';

/** Names that are taken: schemas of every database, and our own. */
export const RESERVED = new Set([
  'local',
  'mysql',
  'sys',
  'information-schema',
  'performance-schema',
  'sitesync',
  'all',
  'none',
]);

/** Rules across several objects or fields. Pure; returns all problems at once. */
export function validateResources(resources: Resources): InputProblem[] {
  return [
    ...names(resources),
    ...namespaces(resources),
    ...objectProblems(resources),
    ...hubProblems(resources),
    ...folders(resources),
    ...overlapsAtSites(resources),
  ];
}

function names({ sites, hubs: allHubs, folders: allFolders }: Resources): InputProblem[] {
  const problems: InputProblem[] = [];
  if (sites.length === 0)
    problems.push({ reason: 'there is no Site', remedy: 'Add at least one Site, and a Hub with its name' });
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
          problemAt(
            resource,
            ['metadata', 'name'],
            `there is another ${resource.kind} with this name${where}`,
            'Give each its own name',
          ),
        );
      } else first.set(name, resource);
      if (RESERVED.has(name))
        problems.push(problemAt(resource, ['metadata', 'name'], 'this name is reserved', 'Choose another name'));
    }
  }
  return problems;
}

function namespaces(resources: Resources): InputProblem[] {
  const all: Resource[] = [...resources.sites, ...resources.hubs, ...resources.folders];
  const first = all[0]?.metadata.namespace;
  return all
    .filter((resource) => resource.metadata.namespace !== first)
    .map((resource) =>
      problemAt(
        resource,
        ['metadata', 'namespace'],
        `is in the namespace "${resource.metadata.namespace}", others are in "${first}"`,
        'A namespace is one sync network: run one at a time',
      ),
    );
}

function folders({ sites, folders: allFolders }: Resources): InputProblem[] {
  const problems: InputProblem[] = [];
  for (const folder of allFolders) {
    const seen = new Set<string>();
    for (const [i, { name }] of folder.spec.sites.entries()) {
      const path = ['spec', 'sites', i, 'name'];
      if (!sites.some((site) => site.metadata.name === name))
        problems.push(problemAt(folder, path, `there is no site "${name}"`, 'Correct the name, or add the Site'));
      if (seen.has(name)) problems.push(problemAt(folder, path, `lists "${name}" twice`, 'Remove one of them'));
      seen.add(name);
    }
    if (sites.length > 0 && membersOf(folder, sites).length === 0) {
      problems.push(
        problemAt(
          folder,
          ['spec', 'selector'],
          'no site shares the folder',
          'Set "selector: {}" for all sites, use matchLabels for some, or list them in sites',
        ),
      );
    }
  }
  return problems;
}
