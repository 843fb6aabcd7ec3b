import type { Resources, Site } from '../api/schema.ts';
import type { InputProblem } from '../base/invalid-input.ts';
import { foldersBySite } from './folders.ts';
import type { Link } from './links.ts';
import { POD_ROOT } from './pods.ts';
import type { FolderPlan } from './site-plan.ts';

/** Whether the site's pod runs in the cluster of its resources, so that they can reach each other's Services. */
function inThisCluster({ spec: { placement } }: Site): boolean {
  return !placement?.external && placement?.kubeconfigSecret === undefined;
}

/** Whether the site runs as a pod, in this cluster or another. */
export const inPod = ({ spec: { placement } }: Site) => !placement?.external;

/** Everything that prevents these resources from running as pods. Pure. */
export function podProblems(resources: Resources, links: Link[]): InputProblem[] {
  const held = foldersBySite(resources);
  const pods = resources.sites.filter(inPod);
  return [
    ...nameProblems(resources),
    ...externalHubProblems(resources),
    ...addressProblems(resources, links),
    ...nodeProblems(pods),
    ...pods.flatMap((site) => foldersInPod(held.get(site.metadata.name) ?? [], site).problems),
  ];
}

/**
 * A hub learns about keys and revocations from what the operator writes into its pod; an external hub that was revoked
 * could act as a hub until its certificate expires. Pure.
 */
function externalHubProblems({ sites, hubs }: Resources): InputProblem[] {
  const external = new Set(sites.filter((site) => !inPod(site)).map(({ metadata }) => metadata.name));
  return hubs
    .filter(({ metadata }) => external.has(metadata.name))
    .map(({ metadata: { name } }) => ({
      object: `Hub/${name}`,
      field: 'metadata.name',
      reason: `Site/${name} is external, but a hub must run as a pod`,
      remedy: 'Remove spec.placement.external from that Site, or make another Site the hub',
    }));
}

/** Links into or out of the cluster that have no address. Pure. */
function addressProblems({ sites, hubs }: Resources, links: Link[]): InputProblem[] {
  const inside = new Set(sites.filter(inThisCluster).map((site) => site.metadata.name));
  const addressed = new Set(hubs.filter((hub) => hub.spec.address !== undefined).map((hub) => hub.metadata.name));
  return links
    .filter(({ dialler, acceptor, address }) => {
      const named = address !== undefined || addressed.has(acceptor);
      return !named && !(inside.has(dialler) && inside.has(acceptor));
    })
    .map(({ dialler, acceptor }) => ({
      object: `Hub/${acceptor}`,
      field: 'spec.address',
      reason: `is missing, and Site/${dialler} cannot reach this hub through its Service: one of the two is outside this cluster`,
      remedy: 'Set the address at which the hub can be reached from there',
    }));
}

/** Sites whose name is also that of another site's Service. Pure. */
function nameProblems({ sites, hubs }: Resources): InputProblem[] {
  const made = new Map<string, string>([
    ...sites.map(({ metadata: { name } }) => [`${name}-pods`, name] as const),
    ...hubs.map(({ metadata: { name } }) => [`${name}-hub`, name] as const),
  ]);
  return sites.flatMap(({ metadata: { name } }) => {
    const other = made.get(name);
    const reason = `is also the name of a Service of Site/${other}`;
    return other === undefined ? [] : [{ object: `Site/${name}`, field: 'metadata.name', reason, remedy: 'Rename it' }];
  });
}

const plain = (path: string) => path.replace(/\/+/g, '/').replace(/\/$/, '');

/**
 * Where a pod finds a path that was given as a path on its node: it sees only the volume of `storage.path`. Undefined when
 * the path is not inside it, or is all of it, because the site's state is there too.
 */
function pathInPod(path: string, storage: string | undefined): string | undefined {
  if (storage === undefined || !path.startsWith(`${plain(storage)}/`)) return undefined;
  return `${POD_ROOT}/folders${path.slice(plain(storage).length)}`;
}

/** The folders of a site as its pod has them, and what is impossible. Pure. */
export function foldersInPod(folders: FolderPlan[], site: Site): { folders: FolderPlan[]; problems: InputProblem[] } {
  const { path: storage } = site.spec.storage;
  const problems = folders
    .filter(({ path }) => path !== undefined && pathInPod(path, storage) === undefined)
    .map(({ name, path }) => ({
      object: `SyncFolder/${name}`,
      field: 'spec.sites',
      reason: `its path ${path} at ${site.metadata.name} is not below spec.storage.path of that Site, and the pod mounts nothing else`,
      remedy: 'Omit the path, or use one below the storage path of the Site',
    }));
  const placed = folders.map(({ path, ...folder }) => {
    const place = path === undefined ? undefined : pathInPod(path, storage);
    return place === undefined || place === `${POD_ROOT}/folders/${folder.name}` ? folder : { ...folder, path: place };
  });
  return { folders: placed, problems };
}

/** storage.path must name the node. Pure. */
function nodeProblems(sites: Site[]): InputProblem[] {
  return sites
    .filter(({ spec }) => spec.storage.path !== undefined)
    .filter(({ spec }) => Object.keys(spec.placement?.nodeSelector ?? {}).length === 0)
    .map(({ metadata }) => ({
      object: `Site/${metadata.name}`,
      field: 'spec.placement.nodeSelector',
      reason: 'is missing, but spec.storage.path is a directory on one node',
      remedy: 'Select that node by its labels, for example kubernetes.io/hostname',
    }));
}
