import { explain } from '../../api/explain.ts';
import { fieldName } from '../../api/field.ts';
import { KINDS, type Kind, type Resources } from '../../api/schema.ts';
import { validateResources } from '../../api/validate.ts';
import type { Problem } from '../../base/problem.ts';
import { type Plan, plan } from '../../topology/plan.ts';
import type { PortLedger } from '../../topology/ports.ts';

/** An object of one of our kinds as the API server has it. */
export interface Written {
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
export const nameOf = ({ kind, metadata }: Pick<Written, 'kind' | 'metadata'>): ObjectName =>
  `${kind}/${metadata.name}`;

/** What the last plan that could be made was made from, and its ports. Written down, so that a new operator goes on with it. */
export interface Memory {
  ports: PortLedger;
  specs: Record<ObjectName, unknown>;
}

/** What the objects of one namespace amount to. */
export interface Inventory {
  plan: Plan;
  resources: Resources;
  /** What is wrong, by object. Such an object runs as in `memory.specs`, or not at all when it never was right. */
  problems: Map<ObjectName, Problem[]>;
  memory: Memory;
}

/**
 * The plan of a namespace. A faulty object harms no other: it counts as it last was when it was right; if it never was, it
 * does not count. Pure.
 * @param options.pods sites run as pods: more can be wrong then
 */
export function takeInventory(written: Written[], memory: Memory, options: { pods?: boolean } = {}): Inventory {
  const settings = { ...options, ports: memory.ports };
  const problems = new Map<ObjectName, Problem[]>();
  const current = new Map(written.map((object) => [nameOf(object), object]));
  const note = (problem: Problem, fallback?: ObjectName) => {
    const name = problem.object ?? fallback;
    if (name === undefined || !current.has(name)) return false;
    problems.set(name, [...(problems.get(name) ?? []), problem]);
    const before = memory.specs[name];
    const now = current.get(name)!;
    if (before !== undefined && now.spec !== before) current.set(name, { ...now, spec: before });
    else current.delete(name);
    return true;
  };
  for (;;) {
    const { resources, faults } = parse([...current.values()]);
    const found = faults.length > 0 ? faults : problemsOf(resources, settings);
    // Of several problems of one object all are told; it steps back once a round.
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
    return { plan: result, resources, problems, memory: { ports: result.ports, specs } };
  }
}

function problemsOf(resources: Resources, settings: Parameters<typeof plan>[1]): Problem[] {
  const problems = validateResources(resources);
  return problems.length > 0 ? problems : plan(resources, settings).problems;
}

function parse(written: Written[]): { resources: Resources; faults: Problem[] } {
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
      faults.push({ object: `${kind}/${name}`, field: fieldName(issue.path), ...explain(issue) });
  }
  return { resources, faults };
}
