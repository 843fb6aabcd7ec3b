import type { Duplex } from 'node:stream';
import { Agent, request } from 'undici';
import { NetworkReport } from '../../api/network-report.ts';
import { AGENT_API } from '../../base/agent-api.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { mergeFiltered, withoutSilentHubs } from '../status/silent-hubs.ts';
import { firstAnswer } from './first-answer.ts';
import { BadResponse, failureReason } from './request-failure.ts';
import type { SiteCredentials } from './site-credentials.ts';
import { noteSilence, type Silence, type Suspicion } from './suspect-hubs.ts';
import { tlsThrough } from './tls-through.ts';

/** What was last heard from a network, and what has failed since. */
interface CachedReport {
  report: NetworkReport | undefined;
  /** Sites about which only a silent hub reported: by name, with that hub. They count as not connected. */
  unseen: ReadonlyMap<string, string>;
  /** Why there is no recent report, as a sentence. */
  failure: string;
}

/** Where a site's agent serves its API. */
export type AddressOf = (plan: SitePlan) => {
  host: string;
  port: number;
  /** How to connect, if not directly. */
  tunnel?: () => Promise<Duplex>;
};

/** What an agent can be told to do: a path of its API has this name. */
export type Action = 'rescan' | 'reject-held' | 'approve-held';

export const TIMEOUT_MS = 5000;
/** After this long without an answer the next hub is asked too. */
export const PATIENCE_MS = 1000;
/** A hub that the others do not hear usually cannot answer either. */
export const OTHERS_TIMEOUT_MS = 1500;
/** Older reports are not used: a status must not be older than 30 s, and two polls may fail before it is written. */
export const BELIEVED_MS = 15_000;

export interface Reports {
  /**
   * Asks hub after hub until one answers, then the hubs that it does not hear and the suspect ones: if a suspect does not
   * answer for itself, its earlier reports no longer count. Verifies that the certificate of each answer belongs to the
   * network, and that the answer comes from the site that was asked.
   */
  ask(
    network: string,
    hubs: SitePlan[],
    credentials: Map<string, SiteCredentials>,
    authority: string,
    suspects?: ReadonlyMap<string, Suspicion>,
  ): Promise<CachedReport>;
  /** Makes a site's agent perform an action; rejects when it does not accept it. */
  perform(plan: SitePlan, action: Action, credentials: SiteCredentials, authority: string): Promise<void>;
  forget(network: string): void;
  close(): Promise<void>;
}

export function createReports(addressOf: AddressOf, now: () => number): Reports {
  const agents = new Map<string, { authority: string; agent: Agent }>();
  const heard = new Map<string, { at: number } & Pick<CachedReport, 'unseen'> & { report: NetworkReport }>();
  const silences = new Map<string, Map<string, Silence>>();

  /**
   * One pool per network, and one per site that is reached through a tunnel. Only the network's certificate authorities are
   * trusted, intermediate ones included.
   */
  function agentOf(plan: SitePlan, authority: string, tunnel?: () => Promise<Duplex>): Agent {
    const name = tunnel ? `${plan.network}/${plan.site}` : plan.network;
    const known = agents.get(name);
    if (known?.authority === authority) return known.agent;
    void known?.agent.close();
    const trust = { ca: authority, allowPartialTrustChain: true, timeout: TIMEOUT_MS };
    const agent = new Agent({ connections: 4, connect: tunnel ? tlsThrough(tunnel, trust) : trust });
    agents.set(name, { authority, agent });
    return agent;
  }

  async function call(
    method: 'GET' | 'POST',
    path: string,
    plan: SitePlan,
    { secrets }: SiteCredentials,
    authority: string,
    timeoutMs = TIMEOUT_MS,
  ) {
    const { host, port, tunnel } = addressOf(plan);
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async () => {
      const answer = await request(`https://${host}:${port}${path}`, {
        method,
        dispatcher: agentOf(plan, authority, tunnel),
        headers: { authorization: `Bearer ${secrets.operatorToken ?? ''}`, host: `${plan.site}.${plan.network}.svc` },
        signal,
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    };
    const { status, text } = await untilAborted(signal, ask());
    if (status >= 300) throw new BadResponse(`its agent returned ${status}`);
    return text;
  }

  /** A hub's report, or why there is none. */
  async function fetchReport(
    plan: SitePlan,
    credentials: SiteCredentials,
    authority: string,
    timeoutMs = TIMEOUT_MS,
  ): Promise<NetworkReport | string> {
    try {
      const report = parseReport(await call('GET', `${AGENT_API}/network`, plan, credentials, authority, timeoutMs));
      return report.reporter === plan.site ? report : `${plan.site}: it identifies itself as ${report.reporter}`;
    } catch (error) {
      return `${plan.site}: ${failureReason(error)}`;
    }
  }

  /** The hubs that are given up: suspect, and silent for too long. */
  function givenUp(network: string, suspects: ReadonlyMap<string, Suspicion>, answered: Set<string>): Set<string> {
    const before = silences.get(network);
    const after = new Map<string, Silence>();
    for (const [hub, suspicion] of suspects)
      if (!answered.has(hub)) after.set(hub, noteSilence(before?.get(hub), suspicion, now()));
    silences.set(network, after);
    return new Set([...after].filter(([, { isGivenUp }]) => isGivenUp).map(([hub]) => hub));
  }

  return {
    async ask(network, hubs, credentials, authority, suspects = new Map()) {
      const one = (hub: SitePlan, timeoutMs?: number) =>
        fetchReport(hub, credentials.get(hub.site)!, authority, timeoutMs);
      const isSuspect = ({ site }: SitePlan) => suspects.has(site);
      const inOrder = [...hubs.filter((hub) => !isSuspect(hub)), ...hubs.filter(isSuspect)];
      const first = await firstAnswer(inOrder, (hub) => one(hub), PATIENCE_MS);
      if ('answer' in first) {
        const { answer, unasked } = first;
        // A hub that this one hears has replicated all it knows to it. One that it does not hear may know more.
        const certain = withoutSilentHubs(answer, new Set(suspects.keys())).report;
        const heardOf = new Set(certain.sites.filter(({ connected }) => connected).map(({ name }) => name));
        const left = [
          ...unasked.filter((hub) => !isSuspect(hub) && !heardOf.has(hub.site)),
          ...hubs.filter((hub) => isSuspect(hub) && hub.site !== answer.reporter),
        ];
        const others = await Promise.all(left.map((hub) => one(hub, OTHERS_TIMEOUT_MS)));
        const more = others.filter((other) => typeof other !== 'string');
        const silent = givenUp(network, suspects, new Set([answer, ...more].map(({ reporter }) => reporter)));
        const filtered = (report: NetworkReport) => withoutSilentHubs(report, silent);
        const result = mergeFiltered([filtered(answer), ...more.map(filtered)]);
        heard.set(network, { at: now(), ...result });
        return { ...result, failure: '' };
      }
      const { failures } = first;
      const last = heard.get(network);
      // Sorted: which hub failed first must not change the text, and with it every status.
      const failure =
        failures.length > 0 ? `No hub responds. ${failures.toSorted().join('; ')}` : 'The network has no hub to ask';
      const believed = last && now() - last.at < BELIEVED_MS ? last : undefined;
      return { report: believed?.report, unseen: believed?.unseen ?? new Map(), failure: failure.slice(0, 1000) };
    },
    async perform(plan, action, credentials, authority) {
      await call('POST', `${AGENT_API}/${action}`, plan, credentials, authority);
    },
    forget(network) {
      heard.delete(network);
      silences.delete(network);
      for (const [name, { agent }] of agents) {
        if (name !== network && !name.startsWith(`${network}/`)) continue;
        void agent.close();
        agents.delete(name);
      }
    },
    async close() {
      await Promise.all([...agents.values()].map(({ agent }) => agent.destroy()));
    },
  };
}

function parseReport(text: string): NetworkReport {
  try {
    return NetworkReport.parse(JSON.parse(text));
  } catch {
    throw new BadResponse('its response is invalid');
  }
}

/** undici honours a signal only once connected: a connection attempt that hangs would delay this. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
