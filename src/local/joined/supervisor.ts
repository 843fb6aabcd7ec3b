import type { Logger } from 'pino';
import { reachableLinks } from '../../agent/link/links.ts';
import { delay } from '../../base/delay.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import { createLock } from '../../base/lock.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Request, serveControl, socketPath } from '../control.ts';
import type { DataDir } from '../data-dir.ts';
import { checkFree, isFree, listenAddresses } from '../listens.ts';
import { portsOfOthers, registerNetwork, withPortLock } from '../other-networks.ts';
import { becomeOwner, releaseOwnership } from '../owner.ts';
import { readLedger, writeLedger } from '../port-ledger.ts';
import type { ProvisionedSite } from '../provision.ts';
import { runSite } from '../site-runner.ts';
import { inUseProblem, LOG_CHECK_MS, UP_TIMEOUT_MS } from '../supervisor.ts';
import { admit } from './admit.ts';
import { askHub } from './ask-hub.ts';
import { checkAlive, chooseBundle } from './choose-bundle.ts';
import { checkFolder, readBundleFile, readPresent, writeJoinedSite } from './files.ts';
import {
  instanceOf,
  isFromOtherMachine,
  isTaken,
  type Joined,
  keyMark,
  movedHere,
  readJoined,
  writeJoined,
} from './identity.ts';
import { choosePorts, planOf, withPorts } from './ports.ts';
import { pullBundle } from './pull-bundle.ts';

/** How often a hub is asked for a newer bundle. */
const RENEW_MS = 30_000;
/** The link to the first hub may be slow; a site that reaches none keeps trying. */
const ADMITTED_WITHIN_MS = 20_000;

export interface JoinedSupervisor {
  /**
   * Continues with this bundle, or with the newest that the data folder has; throws {@link InvalidInput} and changes
   * nothing when that is impossible.
   */
  join(file?: string): Promise<void>;
  /**
   * Resolves when the site's processes are up, with what prevents it from connecting to its hub, if anything. Rejects when
   * it must not continue.
   */
  up(): Promise<string | undefined>;
  /** Stops everything. May be called more than once. */
  stop(): Promise<void>;
  stopped: Promise<void>;
}

/**
 * Takes a data folder and runs the site in it that joined with a bundle, until it is stopped. Asks its hub for changes of
 * the network. Throws {@link InvalidInput} when another supervisor has the data folder.
 */
export async function startJoined(data: DataDir, log: Logger, renewMs = RENEW_MS): Promise<JoinedSupervisor> {
  const socket = socketPath(data);
  const other = becomeOwner(data, socket);
  if (other) throw inUseProblem(data, other.pid);
  const lock = createLock();
  const stopping = new AbortController();
  const { signal } = stopping;
  const runner = runSite(log);
  let current: { bundle: Bundle; site: ProvisionedSite; joined: Joined } | undefined;
  let admission: { key: string; done: Promise<void> } | undefined;
  /** Why the site does not connect: no hub has admitted it yet, or another machine is this site. */
  let apart: { reason: string; final: boolean } | undefined;
  let isStopped: () => void;
  const stopped = new Promise<void>((resolve) => {
    isStopped = resolve;
  });

  async function join(file?: string): Promise<void> {
    checkFolder(data);
    const given = file === undefined ? undefined : readBundleFile(file);
    const bundle = chooseBundle(readPresent(data), given, data.root);
    checkAlive(bundle, file ?? data.bundle, Date.now());
    await goOnWith(bundle);
  }

  async function goOnWith(bundle: Bundle): Promise<void> {
    const joined = ofThisMachine(readJoined(data), bundle, data);
    const plan = await withPortLock(() => choose(planOf(bundle)));
    const site = writeJoinedSite(data, bundle, plan, joined);
    current = { bundle, site, joined };
    const isAdmitted = joined.admitted === keyMark(bundle);
    apart = isAdmitted ? undefined : { reason: 'no hub has admitted this machine yet', final: false };
    await show();
    log.info({ site: plan.site, issue: bundle.issue }, 'using this bundle');
    if (!isAdmitted) seekAdmission(keyMark(bundle));
  }

  /** The plan with the ports of this machine, which belong to this site from now on. */
  async function choose(whole: SitePlan): Promise<SitePlan> {
    const others = portsOfOthers(data);
    const isOpen = async (port: number) => !others.has(port) && (await isFree(port));
    const ports = await choosePorts(whole, readLedger(data), isOpen);
    const plan = withPorts(whole, ports);
    await checkFree(listensHere(plan), { known: current ? listensHere(current.site.plan) : [], others });
    writeLedger(data, ports);
    registerNetwork(data);
    return plan;
  }

  /** Brings the processes to the current state of the site. */
  async function show(): Promise<void> {
    if (current) await runner.update({ ...current.site, ...(apart && { isolation: apart.reason }) });
    if (current) current.site = { ...current.site, changed: { initSql: false } };
  }

  function seekAdmission(key: string): void {
    if (admission?.key === key) return;
    const isWanted = () => current !== undefined && keyMark(current.bundle) === key && !signal.aborted;
    const done = admit({
      site: () => (isWanted() ? current?.site : undefined),
      own: () => instanceOf(current!.bundle, current!.joined),
      log,
      signal,
      trouble: (reason) => lock(() => setApart({ reason, final: false })),
    }).then((taken) =>
      lock(async () => {
        if (!isWanted()) return;
        if (taken) return setApart({ reason: takenBy(current!.bundle), final: true });
        current!.joined = { ...current!.joined, admitted: key };
        writeJoined(data, current!.joined);
        apart = undefined;
        await show();
        log.info({ site: current!.site.plan.site }, 'a hub has admitted this machine');
      }),
    );
    admission = { key, done };
    done
      .catch((err: Error) => log.error({ err }, 'this machine could not be admitted'))
      .finally(() => {
        if (admission?.done === done) admission = undefined;
      });
  }

  async function setApart(next: { reason: string; final: boolean }): Promise<void> {
    if (signal.aborted || (apart?.reason === next.reason && apart.final === next.final)) return;
    apart = next;
    log.warn({ site: current?.site.plan.site, reason: next.reason }, 'this site is not connected');
    await show();
  }

  async function up(): Promise<string | undefined> {
    await runner.ready(UP_TIMEOUT_MS);
    await Promise.race([admission?.done, delay(ADMITTED_WITHIN_MS, signal)]);
    if (apart?.final) throw new Error(apart.reason);
    return apart?.reason;
  }

  /** Asks over the links that are up whether this machine is still the only one, and for a newer bundle. */
  async function renew(): Promise<void> {
    if (!current || apart) return;
    const { site, bundle, joined } = current;
    for (const link of reachableLinks(site.plan, site.dir).filter((one) => one.bundle)) {
      // A hub that hangs must not keep the machine from stopping.
      const heard = await unlessAborted(askHub(site, link), signal);
      if (!heard) return;
      const { instance } = heard;
      if (isTaken(instanceOf(bundle, joined), instance)) {
        const { admitted: _admitted, ...rest } = joined;
        current.joined = rest;
        writeJoined(data, rest);
        return setApart({ reason: takenBy(bundle), final: true });
      }
      const newest = await pullBundle(site, link, bundle, data.incoming, signal);
      if (newest && newest.issue > bundle.issue) await goOnWith(newest);
      return;
    }
  }

  async function keepNew(): Promise<void> {
    let said = '';
    while (!signal.aborted) {
      await delay(renewMs, signal);
      const trouble = await lock(async () => (signal.aborted ? undefined : renew())).then(
        () => expiryTrouble(current?.bundle),
        (error: Error) => error.message,
      );
      if (trouble && trouble !== said) log.warn({ reason: trouble }, 'this site may not receive updates');
      said = trouble ?? '';
    }
  }

  const stopOnce = () => (signal.aborted ? stopped : stop());
  async function stop(): Promise<void> {
    stopping.abort();
    await lock(() => runner.stop());
    clearInterval(rotating);
    releaseOwnership(data);
    server.close();
    isStopped();
  }

  const locked = (file?: string) =>
    lock(() => (signal.aborted ? Promise.reject(new Error('the supervisor is stopping')) : join(file)));

  async function answer(request: Request): Promise<unknown> {
    switch (request.verb) {
      case 'join':
        return locked(request.file);
      case 'apply': {
        const remedy = 'Start it with "sitesync join", or specify another folder with --data';
        throw new InvalidInput([{ file: data.root, reason: 'contains a site that joined with a bundle', remedy }]);
      }
      case 'wait':
        return up();
      case 'processes':
        return current ? [{ site: current.site.plan.site, processes: runner.processes() }] : [];
      case 'down':
        return stopOnce();
    }
  }

  const server = await serveControl(socket, answer);
  const rotating = setInterval(() => runner.rotateLogs(), LOG_CHECK_MS);
  void keepNew();
  return { join: locked, up, stop: stopOnce, stopped };
}

/** Undefined when the signal is aborted first. */
async function unlessAborted<T>(task: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([task, aborted]);
  } finally {
    over.abort();
  }
}

/** The far ends of its forwards are on the hub. */
const listensHere = (plan: SitePlan) => listenAddresses([plan]).filter(({ site }) => site === plan.site);

const newBundle = ({ site, network }: Bundle) =>
  `npx sitesync bundle --revoke ${site} -n ${network}, then join here with the new bundle, which shuts out the other machine`;

const takenBy = (bundle: Bundle) =>
  `another machine is already the site "${bundle.site}", and a bundle serves one machine only. To move the site to this one: ${newBundle(bundle)}`;

/** Throws {@link InvalidInput} for a data folder that was copied from another machine, unless its keys are new. */
function ofThisMachine(joined: Joined, bundle: Bundle, data: DataDir): Joined {
  if (!isFromOtherMachine(joined)) return joined;
  if (joined.admitted !== undefined && joined.admitted !== keyMark(bundle)) return movedHere(joined);
  const reason = `was made on another machine, which may still be the site "${bundle.site}"`;
  throw new InvalidInput([
    { file: data.root, reason, remedy: `To run it here, it needs new keys: ${newBundle(bundle)}` },
  ]);
}

function expiryTrouble(bundle: Bundle | undefined): string | undefined {
  try {
    if (bundle) checkAlive(bundle, `the certificate of ${bundle.site}`, Date.now());
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
