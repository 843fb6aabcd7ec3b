import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { RestoredLine } from '../../agent/api/restore.ts';
import type { VerifyRun } from '../../agent/api/verify.ts';
import type { Limits } from '../../agent/archive/retention.ts';
import type { Behind } from '../../agent/queries/behind.ts';
import type { ListEntry } from '../../agent/queries/list.ts';
import type { LogEntry } from '../../agent/queries/log.ts';
import type { RetentionPreview } from '../../agent/queries/retention.ts';
import type { AgentStatus } from '../../agent/queries/status.ts';
import type { Why } from '../../agent/queries/why.ts';
import { readPlan } from '../../agent/site/site-files.ts';
import { NetworkReport } from '../../api/network-report.ts';
import { AGENT_API } from '../../base/agent-api.ts';
import { encodeApiPath } from '../../base/api-path.ts';
import type { BytePath } from '../../base/bytes.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { readNetwork } from '../../local/network-file.ts';
import { withCodes } from '../../problems/previous-release.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { HeldChanges, HeldFolder, HeldOutcome } from '../../web/contract/held.ts';

const ANSWER_MS = 10_000;
/** A full scan of a large tree, and hashing what is new in it, may take long. */
const SETTLE_MS = 600_000;

export type HeldFolders = Omit<HeldFolder, 'mayDecide'>[];

/** The agent's API of one site of a data folder. Every call rejects with {@link NoAnswer} or {@link Refusal}. */
export interface SiteClient {
  name: string;
  plan: SitePlan;
  status(): Promise<AgentStatus>;
  /** The whole network as this site sees it. */
  network(): Promise<NetworkReport>;
  /** What `of` lacks, as far as this site knows, if it has heard of nothing above `seq` of `origin`. */
  beyond(of: string, origin: string, seq: number): Promise<Behind>;
  /** Scans the whole tree now; returns when everything in it is in the journal. */
  settle(timeoutMs?: number): Promise<AgentStatus>;
  ls(folder: string, path: BytePath): Promise<ListEntry[]>;
  why(folder: string, path: BytePath): Promise<Why>;
  log(folder: string, path: BytePath): Promise<LogEntry[]>;
  /** Changes that wait for approval, by folder. */
  held(): Promise<HeldFolders>;
  /** One page of those in a folder; `cursor` comes from the previous page. */
  heldChanges(folder: string, path: BytePath, cursor?: string): Promise<HeldChanges>;
  /** Approves or rejects those at and below a path; '' for the whole folder. */
  decide(verdict: 'approve' | 'reject', folder: string, path: BytePath): Promise<HeldOutcome>;
  /** Starts to re-read everything, or what the target names. */
  verify(target?: { folder: string; path: BytePath }): Promise<VerifyRun>;
  /** The progress of a run. */
  verification(run: number): Promise<VerifyRun>;
  /** Returns the new version. */
  restore(folder: string, path: BytePath, version: string): Promise<string>;
  /** What limits would remove from a folder's archive; absent limits are those of the folder. */
  retention(folder: string, limits: Partial<Limits>): Promise<RetentionPreview>;
  /** Restores everything below a path, or says what that would do; streams one line per path. */
  restoreTree(wanted: RestoreTree): AsyncGenerator<RestoredLine>;
}

export interface RestoreTree {
  folder: string;
  path: BytePath;
  /** Unix ms. */
  asOf?: number;
  deleted: boolean;
  to?: BytePath;
  dryRun: boolean;
}

/** The agent did not respond. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The agent refused. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The sites of the network in this data folder, sorted. Throws {@link InvalidInput} when there is none. */
export function siteClients(data: DataDir): SiteClient[] {
  const network = readNetwork(data);
  if (!network) {
    const remedy = 'Start one with "sitesync up FILE", or specify its folder with --data';
    throw new InvalidInput([{ file: data.root, reason: 'contains no network', remedy }]);
  }
  return network.sites.map((name) => siteClient(data, name));
}

/** The site of this name. Throws {@link InvalidInput} when the network has none. */
export function clientOf(data: DataDir, name: string): SiteClient {
  const all = siteClients(data);
  const found = all.find((client) => client.name === name);
  if (found) return found;
  const names = all.map((client) => client.name).join(', ');
  throw new InvalidInput([
    { object: `Site/${name}`, reason: 'is not in this network', remedy: `Its sites are ${names}` },
  ]);
}

const about = (folder: string, path: BytePath) => `folder=${encodeURIComponent(folder)}&path=${encodeApiPath(path)}`;

function siteClient(data: DataDir, name: string): SiteClient {
  const dir = data.site(name);
  const plan = readPlan(dir);
  const { apiToken } = JSON.parse(readFileSync(dir.secrets, 'utf8')) as SiteSecrets;

  async function ask(path: string, init: RequestInit, timeoutMs?: number): Promise<Response> {
    const headers = { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' };
    const signal = timeoutMs === undefined ? null : AbortSignal.timeout(timeoutMs);
    return fetch(urlOf(path), { ...init, headers, signal }).catch((error: Error) => {
      const reason =
        error.name === 'TimeoutError' && timeoutMs !== undefined
          ? `its agent did not respond within ${timeoutMs / 1000} s`
          : 'its agent is not running';
      throw new NoAnswer(`${name}: ${reason}`, { cause: error });
    });
  }

  async function call<T>(path: string, init: RequestInit = {}, timeoutMs = ANSWER_MS): Promise<T> {
    const response = await ask(path, init, timeoutMs);
    const body = (await response.json().catch(() => undefined)) as { detail?: string } | undefined;
    if (!response.ok) throw refusalOf(response, body);
    if (body === undefined) throw new NoAnswer(`${name}: the server at ${urlOf(path)} is not its agent`);
    return body as T;
  }

  /** Without a time-out: a whole folder may be restored. */
  async function* restoreTree({ path, to, ...rest }: RestoreTree): AsyncGenerator<RestoredLine> {
    const wanted = { ...rest, path: encodeApiPath(path), ...(to !== undefined && { to: encodeApiPath(to) }) };
    const response = await ask('restore-tree', { method: 'POST', body: JSON.stringify(wanted) });
    if (!response.ok)
      throw refusalOf(response, (await response.json().catch(() => undefined)) as { detail?: string } | undefined);
    for await (const text of createInterface({ input: Readable.fromWeb(response.body as ReadableStream) })) {
      const line = JSON.parse(text) as RestoredLine | { done: true } | { error: string };
      if ('done' in line) return;
      if ('error' in line) throw new Refusal(`${name}: ${line.error}`, 500);
      yield line;
    }
    throw new NoAnswer(`${name}: its agent exited before it was done; files restored so far are kept`);
  }

  const urlOf = (path: string) => `http://127.0.0.1:${plan.ports.api}${AGENT_API}/${path}`;
  const refusalOf = ({ status }: Response, body: { detail?: string } | undefined) =>
    new Refusal(`${name}: ${body?.detail ?? `its agent returned ${status}`}`, status);

  return {
    name,
    plan,
    restoreTree,
    status: async () => withCodes(await call<AgentStatus>('status')),
    network: async () => NetworkReport.parse(await call('network')),
    beyond: (of, origin, seq) => call<Behind>(`beyond?of=${of}&origin=${origin}&seq=${seq}`),
    settle: async (timeoutMs = SETTLE_MS) =>
      withCodes(await call<AgentStatus>('settle', { method: 'POST' }, timeoutMs)),
    ls: async (folder, path) => (await call<{ entries: ListEntry[] }>(`ls?${about(folder, path)}`)).entries,
    why: (folder, path) => call<Why>(`why?${about(folder, path)}`),
    log: async (folder, path) => (await call<{ versions: LogEntry[] }>(`log?${about(folder, path)}`)).versions,
    held: async () => (await call<{ folders: HeldFolders }>('held')).folders,
    heldChanges: (folder, path, cursor) =>
      call<HeldChanges>(
        `held/changes?${about(folder, path)}&limit=1000${cursor === undefined ? '' : `&cursor=${cursor}`}`,
      ),
    decide: (verdict, folder, path) => {
      const choice = path === '' ? { all: true } : { paths: [encodeApiPath(path)] };
      return call(`held/${verdict}`, { method: 'POST', body: JSON.stringify({ folder, ...choice }) }, SETTLE_MS);
    },
    retention: (folder, limits) => {
      const query = new URLSearchParams({
        folder,
        ...Object.fromEntries(Object.entries(limits).map(([k, v]) => [k, `${v}`])),
      });
      return call(`retention?${query.toString()}`, {}, SETTLE_MS);
    },
    verify: (target) => {
      const body = target ? { folder: target.folder, path: encodeApiPath(target.path) } : {};
      return call<VerifyRun>('verify', { method: 'POST', body: JSON.stringify(body) });
    },
    verification: (run) => call<VerifyRun>(`verify/${run}`),
    restore: async (folder, path, version) => {
      const body = JSON.stringify({ folder, path: encodeApiPath(path), version });
      return (await call<{ version: string }>('restore', { method: 'POST', body }, SETTLE_MS)).version;
    },
  };
}
