import { z } from 'zod';
import { readIfThere, writeIfChanged } from '../agent/link/files.ts';
import { loadResources } from '../api/load.ts';
import { overlapsBetweenSites } from '../api/overlaps.ts';
import type { Resources } from '../api/schema.ts';
import { InvalidInput } from '../base/problem.ts';
import { type Plan, type PlanOptions, plan } from '../topology/plan.ts';
import type { PortLedger } from '../topology/ports.ts';
import type { EngineName } from '../topology/site-plan.ts';
import type { DataDir } from './data-dir.ts';
import { isFree, pageClashes } from './listens.ts';
import { readNetwork, toJson } from './network.ts';

const Ledger = z.record(z.string(), z.number().int().min(1).max(65_535));

/** The plan of the topology in these files, with the ports that this data folder remembers. Changes nothing. */
export function planFiles(files: string[], data: DataDir): Plan {
  return planResources(loadResources(files), { ports: readLedger(data), engine: engineOf(data) });
}

/**
 * The same for running it: what never had a port gets another one where its own is taken on this machine, so that
 * several networks run side by side. Remembered ports and those that a person named stay.
 * @param engine that of the folder's network unless given; MariaDB for a new one
 */
export async function planToRun(files: string[], data: DataDir, engine = engineOf(data)): Promise<Plan> {
  const resources = loadResources(files);
  const known = readLedger(data);
  const first = planResources(resources, { ports: known, engine });
  const named = new Set([
    ...resources.hubs.flatMap(({ metadata, spec }) => (spec.listen === undefined ? [] : [`${metadata.name}/ssh`])),
    ...resources.sites.flatMap(({ metadata, spec }) => (spec.page === undefined ? [] : [`${metadata.name}/page`])),
  ]);
  const used = new Set(Object.values(first.ports));
  const moved: PortLedger = {};
  for (const [name, port] of Object.entries(first.ports)) {
    if (name in known || named.has(name) || (await isFree(port))) continue;
    let other = port + 1;
    while (used.has(other) || !(await isFree(other))) other++;
    moved[name] = other;
    used.add(other);
  }
  return planResources(resources, { ports: { ...known, ...moved }, engine });
}

export function writeLedger(data: DataDir, ports: PortLedger): void {
  writeIfChanged(data.ports, toJson(ports), 0o644);
}

function planResources(resources: Resources, options: PlanOptions): Plan {
  const result = plan(resources, options);
  const problems = [...overlapsBetweenSites(resources), ...result.problems, ...pageClashes(result.sites)];
  if (problems.length > 0) throw new InvalidInput(problems);
  if (result.sites.length === 0) {
    throw new InvalidInput([
      { reason: 'these files hold no Site', remedy: 'Name files with at least one Site and one Hub' },
    ]);
  }
  return result;
}

const engineOf = (data: DataDir): EngineName => readNetwork(data)?.engine ?? 'mariadb';

export function readLedger(data: DataDir): PortLedger {
  const text = readIfThere(data.ports);
  if (text === undefined) return {};
  try {
    return Ledger.parse(JSON.parse(text));
  } catch {
    const remedy = 'Remove it while the network is stopped: ports are chosen anew';
    throw new InvalidInput([{ file: data.ports, reason: 'cannot be read as what SiteSync wrote there', remedy }]);
  }
}
