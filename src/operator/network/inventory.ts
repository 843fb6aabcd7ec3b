import { explainIssue } from '../../api/explain.ts';
import { fieldName } from '../../api/field.ts';
import { KINDS, type Kind, type Resources } from '../../api/schema.ts';
import { validateResources } from '../../api/validate.ts';
import type { InputProblem } from '../../base/invalid-input.ts';
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
  problems: Map<ObjectName, InputProblem[]>;
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
  const problems = new Map<ObjectName, InputProblem[]>();
  const current = new Map(objects.map((object) => [nameOf(object), object]));
  const fallbacks = new Map(objects.map((object) => [nameOf(object), fallbacksOf(object, checkpoint)]));
  const isHub = (name: string) => current.has(`Hub/${name}`) && current.has(`Site/${name}`);

  /** Uses the next spec of an object. Problems are reported of the written one only. */
  function stepBack(name: ObjectName, found: InputProblem[]): void {
    if (!problems.has(name)) problems.set(name, found);
    const spec = fallbacks.get(name)!(isHub);
    if (spec === undefined) current.delete(name);
    else current.set(name, { ...current.get(name)!, spec });
  }

  for (;;) {
    const { resources, faults } = parse([...current.values()]);
    const found = faults.length > 0 ? faults : problemsOf(resources, settings);
    const affected = [...Map.groupBy(found, ({ object }) => object)].flatMap(([name, list]) =>
      name !== undefined && current.has(name) ? [{ name, list }] : [],
    );
    for (const { name, list } of affected) stepBack(name, list);
    if (affected.length > 0) continue;
    const result = plan(resources, settings);
    const specs = Object.fromEntries([...current].map(([name, { spec }]) => [name, spec ?? {}]));
    return { mark: {}, plan: result, resources, problems, checkpoint: { ports: result.ports, specs } };
  }
}

/**
 * What to use in place of an invalid spec, call by call: the last valid one; else the written one, and then the last valid one, with
 * those of their hubs that exist. Undefined when nothing is left, at the latest after as many calls as the two list hubs.
 */
function fallbacksOf({ spec: written, ...object }: CustomObject, { specs }: PlanCheckpoint) {
  const before = specs[nameOf(object)];
  const isOther = before !== undefined && JSON.stringify(before) !== JSON.stringify(written ?? {});
  const left = isOther ? [written, before] : [written];
  let isBeforeTried = !isOther;
  return (isHub: (name: string) => boolean): unknown => {
    if (!isBeforeTried) {
      isBeforeTried = true;
      return before;
    }
    for (; left.length > 0; left.shift()) {
      const fewer = object.kind === 'Site' ? withFewerHubs(left[0], isHub) : undefined;
      if (fewer === undefined) continue;
      left[0] = fewer;
      return fewer;
    }
    return undefined;
  };
}

/** The spec of a child without the hubs that do not exist; undefined when that leaves none, or all. */
function withFewerHubs(spec: unknown, isHub: (name: string) => boolean): unknown {
  const { hubs } = (spec ?? {}) as { hubs?: unknown };
  if (!Array.isArray(hubs)) return undefined;
  const left = hubs.filter((hub) => isHub((hub as { name?: string } | null)?.name ?? ''));
  return left.length > 0 && left.length < hubs.length ? { ...(spec as object), hubs: left } : undefined;
}

function problemsOf(resources: Resources, settings: Parameters<typeof plan>[1]): InputProblem[] {
  const problems = validateResources(resources);
  return problems.length > 0 ? problems : plan(resources, settings).problems;
}

function parse(written: CustomObject[]): { resources: Resources; faults: InputProblem[] } {
  const resources: Resources = { sites: [], hubs: [], folders: [] };
  const faults: InputProblem[] = [];
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
