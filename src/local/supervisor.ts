import type { Logger } from 'pino';
import { InvalidInput } from '../base/invalid-input.ts';
import { createLock } from '../base/lock.ts';
import { ensureCa } from '../pki/authority.ts';
import { issueSite } from '../pki/keys.ts';
import { completeSecrets } from '../topology/secrets.ts';
import type { EngineName, SitePlan } from '../topology/site-plan.ts';
import { type Request, serveControl, socketPath } from './control.ts';
import type { DataDir } from './data-dir.ts';
import { checkFree, listenAddresses } from './listens.ts';
import { checkNetwork, readNetwork, writeNetwork } from './network-file.ts';
import { portsOfOthers, registerNetwork, withPortLock } from './other-networks.ts';
import { becomeOwner, releaseOwnership } from './owner.ts';
import { planToRun } from './plan-files.ts';
import { writeLedger } from './port-ledger.ts';
import { type ProvisionedSite, provisionSite, readSecrets } from './provision.ts';
import { runSite, type SiteRunner } from './site-runner.ts';

/** How long sites may take to come up before they are reported as failing. */
export const UP_TIMEOUT_MS = 60_000;
export const LOG_CHECK_MS = 30_000;
/** A machine that was suspended for weeks may wake with certificates that are about to expire. */
const RENEW_CHECK_MS = 3_600_000;

export interface Supervisor {
  /**
   * Runs the topology in these files from now on; throws {@link InvalidInput} and changes nothing when that is impossible.
   * @param engine of a new network; it cannot be changed later
   */
  apply(files: string[], engine?: EngineName): Promise<void>;
  /** Resolves when all sites are up; rejects with those that are not. */
  up(): Promise<void>;
  /** Stops everything. May be called more than once. */
  stop(): Promise<void>;
  /** Resolves when it was stopped, by whomever. */
  stopped: Promise<void>;
}

/**
 * Takes a data folder and runs sites in it until it is stopped. Throws {@link InvalidInput} when another supervisor has the
 * data folder. Everything it starts dies with this process, however that ends. Renews certificates while it runs.
 */
export async function startSupervisor(data: DataDir, log: Logger, renewCheckMs = RENEW_CHECK_MS): Promise<Supervisor> {
  const socket = socketPath(data);
  const other = becomeOwner(data, socket);
  if (other) throw inUseProblem(data, other.pid);
  const sites = new Map<string, { runner: SiteRunner; plan: SitePlan }>();
  const lock = createLock();
  let stopping: Promise<void> | undefined;
  let isStopped: () => void;
  const stopped = new Promise<void>((resolve) => {
    isStopped = resolve;
  });

  async function apply(files: string[], engine?: EngineName): Promise<void> {
    const plans = await withPortLock(() => choose(files, engine));
    for (const [name, { runner }] of sites) {
      if (plans.some((plan) => plan.site === name)) continue;
      sites.delete(name);
      await runner.stop();
      log.info({ site: name }, 'removed from the network; its data is kept');
    }
    const provisioned = await provision(data, plans);
    await Promise.all(provisioned.map(update));
  }

  /** The plans, with ports that belong to this network from now on. Throws {@link InvalidInput} and changes nothing. */
  async function choose(files: string[], engine?: EngineName): Promise<SitePlan[]> {
    const { sites: plans, ports } = await planToRun(files, data, engine);
    checkNetwork(data, plans);
    const running = [...sites.values()].map(({ plan }) => plan);
    await checkFree(listenAddresses(plans), { known: listenAddresses(running), others: portsOfOthers(data) });
    writeLedger(data, ports);
    registerNetwork(data);
    return plans;
  }

  async function update(site: ProvisionedSite): Promise<void> {
    const name = site.plan.site;
    const runner = sites.get(name)?.runner ?? runSite(log.child({ site: name }));
    sites.set(name, { runner, plan: site.plan });
    await runner.update(site);
  }

  async function up(): Promise<void> {
    const results = await Promise.allSettled([...sites.values()].map(({ runner }) => runner.ready(UP_TIMEOUT_MS)));
    const reasons = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as Error).message] : [],
    );
    if (reasons.length > 0) throw new Error(reasons.join('\n'));
  }

  async function stop(): Promise<void> {
    await Promise.all([...sites.values()].map(({ runner }) => runner.stop()));
    clearInterval(rotating);
    clearInterval(renewing);
    releaseOwnership(data);
    server.close();
    isStopped();
  }

  /** Makes the processes follow the files: links that are up stay up. */
  async function renew(): Promise<void> {
    if (stopping) return;
    for (const { plan } of sites.values()) await issueSite(data.ca, plan, data.site(plan.site).keys);
  }

  const locked = (files: string[], engine?: EngineName) =>
    lock(() => (stopping ? Promise.reject(new Error('the supervisor is stopping')) : apply(files, engine)));
  const stopOnce = () => (stopping ??= lock(stop));

  async function answer(request: Request): Promise<unknown> {
    switch (request.verb) {
      case 'apply':
        return locked(request.files, request.engine);
      case 'join': {
        const reason = 'already runs a network';
        const remedy = 'Specify another folder with --data';
        throw new InvalidInput([{ file: data.root, reason, remedy }]);
      }
      case 'wait':
        return up();
      case 'processes':
        return [...sites].map(([site, { runner }]) => ({ site, processes: runner.processes() }));
      case 'down':
        return stopOnce();
    }
  }

  const server = await serveControl(socket, answer);
  const rotating = setInterval(() => {
    for (const { runner } of sites.values()) runner.rotateLogs();
  }, LOG_CHECK_MS);
  const renewing = setInterval(() => {
    lock(renew).catch((err: Error) => log.error({ err }, 'certificates could not be renewed'));
  }, renewCheckMs);
  return { apply: locked, up, stop: stopOnce, stopped };
}

export function inUseProblem(data: DataDir, pid: number): InvalidInput {
  const reason = `is in use: process ${pid} runs it`;
  return new InvalidInput([
    { file: data.root, reason, remedy: 'Stop it with "sitesync down", or specify another folder with --data' },
  ]);
}

/** Writes the files of all sites. The CA is created before any site's keys. */
async function provision(data: DataDir, plans: SitePlan[]): Promise<ProvisionedSite[]> {
  const ca = (await ensureCa(data.ca)).trim();
  const before = readNetwork(data);
  // The network's file comes before the data: after an interrupted start the folder shows whose it is.
  writeNetwork(data, {
    network: plans[0]?.network ?? before?.network ?? '',
    ca,
    engine: plans[0]?.engine ?? before?.engine ?? 'mariadb',
    sites: plans.map((plan) => plan.site).sort(),
  });
  const secrets = completeSecrets(plans, readSecrets(data, plans));
  return Promise.all(plans.map((plan) => provisionSite(data, plan, secrets.get(plan.site)!)));
}
