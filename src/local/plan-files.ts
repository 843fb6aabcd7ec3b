import { loadForMachine } from '../api/load.ts';
import type { Resources } from '../api/schema.ts';
import { InvalidInput } from '../base/invalid-input.ts';
import { namedPorts, type Plan, type PlanOptions, plan } from '../topology/plan.ts';
import { nextPort, type PortLedger } from '../topology/ports.ts';
import type { EngineName } from '../topology/site-plan.ts';
import type { DataDir } from './data-dir.ts';
import { isFree, pageClashes } from './listens.ts';
import { readNetwork } from './network-file.ts';
import { portsOfOthers } from './other-networks.ts';
import { readLedger } from './port-ledger.ts';

/** The plan of the topology in these files, with the ports that this data folder remembers. Changes nothing. */
export function planFiles(files: string[], data: DataDir): Plan {
  return planResources(loadForMachine(files), { ports: readLedger(data), engine: engineOf(data) });
}

/**
 * The same for running it: new names get another port if theirs is in use on this machine or belongs to another network,
 * which may be stopped. Remembered ports and those that a user set are kept. Call it within {@link withPortLock}.
 * @param engine by default that of the folder's network, or MariaDB for a new one
 */
export async function planToRun(files: string[], data: DataDir, engine = engineOf(data)): Promise<Plan> {
  const resources = loadForMachine(files);
  const known = readLedger(data);
  const first = planResources(resources, { ports: known, engine });
  const { fixed, foreign } = namedPorts(resources);
  const others = portsOfOthers(data);
  const isOpen = async (port: number) => !others.has(port) && (await isFree(port));
  const used = new Set([...Object.values(first.ports), ...foreign]);
  const moved: PortLedger = {};
  for (const [name, port] of Object.entries(first.ports)) {
    if (name in known || name in fixed || (await isOpen(port))) continue;
    let other = nextPort(port);
    while (used.has(other) || !(await isOpen(other))) other = nextPort(other);
    moved[name] = other;
    used.add(other);
  }
  return planResources(resources, { ports: { ...known, ...moved }, engine });
}

function planResources(resources: Resources, options: PlanOptions): Plan {
  const result = plan(resources, options);
  const problems = [...result.problems, ...pageClashes(result.sites)];
  if (problems.length > 0) throw new InvalidInput(problems);
  if (result.sites.length === 0) {
    throw new InvalidInput([
      { reason: 'these files contain no Site', remedy: 'Specify files with at least one Site and one Hub' },
    ]);
  }
  return result;
}

const engineOf = (data: DataDir): EngineName => readNetwork(data)?.engine ?? 'mariadb';
