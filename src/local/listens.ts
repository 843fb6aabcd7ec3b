import { once } from 'node:events';
import { createServer } from 'node:net';
import { addressesClash } from '../api/address.ts';
import { delay } from '../base/delay.ts';
import { type InputProblem, InvalidInput } from '../base/invalid-input.ts';
import { holdersOf } from '../base/listeners.ts';
import type { Endpoint, SitePlan } from '../topology/site-plan.ts';

/** An address on which a process of a site will listen. */
export interface ListenAddress extends Endpoint {
  site: string;
  what: string;
}

/** Everything that listens for these sites on this machine: processes, and the ends of their forwards. */
export function listenAddresses(plans: SitePlan[]): ListenAddress[] {
  return plans.flatMap((plan) => [
    { site: plan.site, what: 'database', host: '127.0.0.1', port: plan.ports.mysql },
    { site: plan.site, what: 'rsync daemon', host: '127.0.0.1', port: plan.ports.rsync },
    { site: plan.site, what: "agent's API", host: '127.0.0.1', port: plan.ports.api },
    ...(plan.page ? [{ site: plan.site, what: 'page', ...plan.page }] : []),
    ...sshdListen(plan).map((at) => ({ site: plan.site, what: 'sshd', ...at })),
    ...plan.links
      .filter((link) => link.dials)
      .flatMap(({ peer, forwards }) => [
        ...forwards.local.map(({ listen }) => forwardEnd(plan.site, `link to ${peer}`, listen)),
        ...forwards.remote.map(({ listen }) => forwardEnd(peer, `link from ${plan.site}`, listen)),
      ]),
  ]);
}

/** Pages for which users chose an address that another process of these sites has. Pure. */
export function pageClashes(plans: SitePlan[]): InputProblem[] {
  const all = listenAddresses(plans);
  return plans.flatMap(({ site, page }) => {
    const other = page && all.find((one) => !(one.site === site && one.what === 'page') && addressesClash(one, page));
    if (!page || !other) return [];
    const reason = `${page.host}:${page.port} is already used by the ${other.what} of ${other.site}`;
    return [{ object: `Site/${site}`, field: 'spec.page.listen', reason, remedy: 'Choose another port' }];
  });
}

/** Where a hub's sshd listens. */
export function sshdListen(plan: SitePlan): Endpoint[] {
  if (plan.role !== 'hub') return [];
  if (plan.listen) return [plan.listen];
  return plan.ports.ssh === undefined ? [] : [{ host: '127.0.0.1', port: plan.ports.ssh }];
}

const forwardEnd = (site: string, what: string, port: number): ListenAddress => ({
  site,
  what,
  host: '127.0.0.1',
  port,
});

/**
 * Throws a problem for every address that is already in use. Retries for a moment, because what a killed supervisor was
 * running may just be exiting.
 * @param known addresses of ours that may be in use
 * @param others ports in other networks' ledgers, with their data folders
 */
export async function checkFree(
  listens: ListenAddress[],
  { known = [], others = new Map() }: { known?: ListenAddress[]; others?: Map<number, string> } = {},
): Promise<void> {
  const ours = new Set(known.map(keyOf));
  let open = unique(listens.filter((listen) => !ours.has(keyOf(listen)))).map((listen) => ({ listen, error: BUSY }));
  for (let attempt = 0; attempt < 10 && open.length > 0; attempt++) {
    if (attempt > 0) await delay(200, new AbortController().signal);
    const tried = await Promise.all(open.map(async ({ listen }) => ({ listen, error: await tryListen(listen) })));
    open = tried.flatMap(({ listen, error }) => (error ? [{ listen, error }] : []));
  }
  if (open.length > 0) throw new InvalidInput(open.map(({ listen, error }) => problemOf(listen, error, others)));
}

const BUSY: NodeJS.ErrnoException = new Error('not tried yet');
const keyOf = ({ host, port }: ListenAddress) => `${host}:${port}`;

/** A child's forwards use the same ports for all its hubs: only one of these links is up at a time. */
function unique(listens: ListenAddress[]): ListenAddress[] {
  return [...new Map(listens.map((listen) => [keyOf(listen), listen])).values()];
}

/** Whether nothing listens on this loopback port now. */
export async function isFree(port: number): Promise<boolean> {
  return (await tryListen({ host: '127.0.0.1', port })) === undefined;
}

async function tryListen({ host, port }: Endpoint): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    server.close();
  }
}

/** An address that cannot be listened on, and what to do about it. */
function problemOf(
  { site, what, host, port }: ListenAddress,
  error: NodeJS.ErrnoException,
  others: Map<number, string>,
): InputProblem {
  const object = `Site/${site}`;
  const where = `${host}:${port}`;
  if (error.code !== 'EADDRINUSE') {
    const remedy = 'Set Hub.spec.listen to an address of this machine and a port above 1023';
    return { object, reason: `its ${what} cannot listen on ${where}: ${error.code ?? error.message}`, remedy };
  }
  const network = others.get(port);
  const stop =
    network === undefined
      ? `Stop the other program (${whoListens(port)})`
      : `Stop the network in ${network} ("sitesync down --data ${network}")`;
  const remedy = `${stop}, or, if the port is not set in your files, remove its line from ports.json in the data folder so that another one is chosen`;
  return { object, reason: `its ${what} cannot listen on ${where}: another program does`, remedy };
}

/**
 * Addresses of this site on which somebody else listens, as sentences; `groups` are the site's processes, each the leader
 * of a process group. A response alone proves nothing: every rsync daemon sends the same greeting.
 */
export function foreignListeners(plan: SitePlan, groups: number[]): string[] {
  const own = listenAddresses([plan]).filter(({ site, what }) => site === plan.site && !what.startsWith('link'));
  const holders = holdersOf(own.map(({ port }) => port));
  return own.flatMap(({ site, what, host, port }) => {
    const [stranger] = holders.get(port)!.filter(({ group }) => !groups.includes(group));
    const ours = holders.get(port)!.some(({ group }) => groups.includes(group));
    if (!stranger || ours) return [];
    return `${what} of ${site}: ${host}:${port} belongs to process ${stranger.pid}: ${stranger.command}`;
  });
}

/** The process that listens on a port, as text. */
function whoListens(port: number): string {
  const [holder] = holdersOf([port]).get(port)!;
  return holder
    ? `process ${holder.pid}: ${holder.command}`
    : `another user's: "sudo ss -ltnp sport = :${port}" shows it`;
}
