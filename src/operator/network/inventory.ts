import { explainIssue } from '../../api/explain.ts';
import { fieldName } from '../../api/field.ts';
import { KINDS, type Kind, type Resources } from '../../api/schema.ts';
import { validateResources } from '../../api/validate.ts';
import type { Problem } from '../../base/problem.ts';
import { type Plan, type PlanOptions, plan } from '../../topology/plan.ts';
import type { PortLedger } from '../../topology/ports.ts';

/** An object of one of our kinds as the API server has it. */
export interface CustomObject {
  kind: Kind;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
  };
  spec?: unknown;
}

/** `Site/brazil` */
export type ObjectName = string;
export const nameOf = ({ kind, metadata }: Pick<CustomObject, 'kind' | 'metadata'>): ObjectName =>
  `${kind}/${metadata.name}`;

/** The specs and ports of the last valid plan. Stored in the cluster, so that a new operator continues with it. */
export interface PlanCheckpoint {
  ports: PortLedger;
  specs: Record<ObjectName, unknown>;
}

/** What the objects of one namespace amount to. */
export interface Inventory {
  /** A different object for each inventory, so that comparing does not need the whole. */
  mark: object;
  plan: Plan;
  resources: Resources;
  /** Problems by object. Such an object runs as in `checkpoint.specs`, or not at all if it was never valid. */
  problems: Map<ObjectName, Problem[]>;
  checkpoint: PlanCheckpoint;
}

/**
 * The plan of a namespace. An invalid object does not affect the others: its last valid spec is used, or the object is
 * ignored if it never had one. A child whose hub is gone keeps its remaining hubs. Pure.
 * @param options.pods sites run as pods, for which more rules apply
 * @param options.engine what all databases run
 */
export function takeInventory(
  objects: CustomObject[],
  checkpoint: PlanCheckpoint,
  options: Pick<PlanOptions, 'pods' | 'engine'> = {},
): Inventory {
  const settings = { ...options, ports: checkpoint.ports };
  const problems = new Map<ObjectName, Problem[]>();
  const current = new Map(objects.map((object) => [nameOf(object), object]));
  const note = (problem: Problem, fallback?: ObjectName) => {
    const name = problem.object ?? fallback;
    if (name === undefined || !current.has(name)) return false;
    problems.set(name, [...(problems.get(name) ?? []), problem]);
    const now = current.get(name)!;
    const spec = stepBack(
      now,
      checkpoint.specs[name],
      (hub) => current.has(`Hub/${hub}`) && current.has(`Site/${hub}`),
    );
    if (spec === undefined) current.delete(name);
    else current.set(name, { ...now, spec });
    return true;
  };
  for (;;) {
    const { resources, faults } = parse([...current.values()]);
    const found = faults.length > 0 ? faults : problemsOf(resources, settings);
    // All problems of an object are reported; it steps back once per round.
    const byObject = Map.groupBy(found, (problem) => problem.object);
    let changed = false;
    for (const [name, [first, ...more]] of byObject) {
      if (name === undefined || !note(first!)) continue;
      changed = true;
      problems.get(name)!.push(...more);
    }
    if (changed) continue;
    const result = plan(resources, settings);
    const specs = Object.fromEntries([...current].map(([name, { spec }]) => [name, spec ?? {}]));
    return { mark: {}, plan: result, resources, problems, checkpoint: { ports: result.ports, specs } };
  }
}

/**
 * The spec to try next for an invalid object; undefined when none is left. Terminates: each step lists fewer hubs, or is
 * `before`, once.
 */
function stepBack({ kind, spec }: CustomObject, before: unknown, isHub: (name: string) => boolean): unknown {
  const { hubs } = (spec ?? {}) as { hubs?: unknown };
  if (before !== undefined && spec !== before && !isNarrowed(hubs, before)) return before;
  if (kind !== 'Site' || !Array.isArray(hubs)) return undefined;
  const left = hubs.filter((hub) => isHub((hub as { name?: string } | null)?.name ?? ''));
  return left.length > 0 && left.length < hubs.length ? { ...(spec as object), hubs: left } : undefined;
}

/** Whether these are some of the hubs of that spec, so that it was already tried. */
function isNarrowed(hubs: unknown, before: unknown): boolean {
  const { hubs: all } = before as { hubs?: unknown };
  return (
    Array.isArray(hubs) && Array.isArray(all) && hubs.length < all.length && hubs.every((hub) => all.includes(hub))
  );
}

function problemsOf(resources: Resources, settings: Parameters<typeof plan>[1]): Problem[] {
  const problems = validateResources(resources);
  return problems.length > 0 ? problems : plan(resources, settings).problems;
}

function parse(written: CustomObject[]): { resources: Resources; faults: Problem[] } {
  const resources: Resources = { sites: [], hubs: [], folders: [] };
  const faults: Problem[] = [];
  for (const { kind, metadata, spec } of written) {
    const { name, namespace, labels } = metadata;
    const result = KINDS[kind].safeParse({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind,
      metadata: { name, namespace, ...(labels && { labels }) },
      ...(spec !== undefined && { spec }),
    });
    if (result.success) {
      const { data } = result;
      if (data.kind === 'Site') resources.sites.push(data);
      else if (data.kind === 'Hub') resources.hubs.push(data);
      else resources.folders.push(data);
      continue;
    }
    for (const issue of result.error.issues)
      faults.push({ object: `${kind}/${name}`, field: fieldName(issue.path), ...explainIssue(issue) });
  }
  return { resources, faults };
}
