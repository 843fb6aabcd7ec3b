import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { type LinkRunner, runLinks } from '../agent/link/run.ts';
import { delay } from '../base/delay.ts';
import { writeIfChanged } from '../base/files.ts';
import { type LogDestination, logTo } from '../base/log.ts';
import type { LinkState } from '../base/site-dir.ts';
import { problem } from '../problems/problem.ts';
import { foreignListeners } from './listens.ts';
import { rotateLog } from './log-file.ts';
import { type ProcessKind, type ProcessSpec, type SupervisedProcess, supervise } from './process.ts';
import { type ProvisionedSite, publishPlan } from './provision.ts';
import { runInitSql } from './run-init-sql.ts';
import { siteProcesses } from './site-processes.ts';

/** Runs the processes of one site. */
export interface SiteRunner {
  /** Makes the processes match these files; those that are not affected keep running. */
  update(site: ProvisionedSite): Promise<void>;
  /** Resolves when all processes are ready; rejects with those that are not after the time limit. */
  ready(timeoutMs: number): Promise<void>;
  processes(): { kind: ProcessKind; pid: number | undefined; ready: boolean }[];
  /** Stops everything, the agent first and the database last. */
  stop(): Promise<void>;
  /** Rotates large logs. */
  rotateLogs(): void;
}

const never = new AbortController().signal;

export function runSite(log: Logger): SiteRunner {
  const running = new Map<ProcessKind, SupervisedProcess>();
  let links: { links: LinkRunner; stop: AbortController; log: LogDestination } | undefined;
  let current: ProvisionedSite | undefined;

  async function put(spec: ProcessSpec): Promise<void> {
    const present = running.get(spec.kind);
    if (present?.spec.fingerprint === spec.fingerprint) return;
    await present?.stop();
    running.set(spec.kind, supervise(spec, log.child({ process: spec.kind })));
  }

  /** Tells a running process what changed; one that is just starting reads it by itself. */
  async function notify(site: ProvisionedSite): Promise<void> {
    if (site.changed.initSql && running.get('database')?.isReady()) await runInitSql(site.dir);
  }

  async function databaseIsReady(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !running.get('database')?.isReady()) await delay(20, signal);
  }

  async function putLinks({ plan, dir, isolation }: ProvisionedSite): Promise<void> {
    if (isolation !== undefined) {
      await stopLinks();
      const states = plan.links.map(({ peer }): LinkState => {
        const stopped = problem('linkStopped', { peer, why: isolation });
        return { peer, state: 'connecting', since: Date.now(), problem: stopped, error: isolation };
      });
      writeIfChanged(dir.linkState, `${JSON.stringify(states)}\n`);
      return;
    }
    if (links) {
      links.links.update(plan);
      return;
    }
    const file = logTo(join(dir.logs, 'links.log'));
    const stop = new AbortController();
    links = { links: runLinks(plan, dir, { log: pino({}, file), signal: stop.signal }), stop, log: file };
  }

  async function stopLinks(): Promise<void> {
    links?.stop.abort();
    await links?.links.closed;
    links?.log.end();
    links = undefined;
  }

  async function stopKind(kind: ProcessKind): Promise<void> {
    await running.get(kind)?.stop();
    running.delete(kind);
  }

  return {
    async update(site) {
      const specs = siteProcesses(site);
      const readsPlan = ({ kind }: ProcessSpec) => kind === 'agent' || kind === 'sshd';
      for (const kind of running.keys()) if (!specs.some((spec) => spec.kind === kind)) await stopKind(kind);
      await notify(site);
      await Promise.all(specs.filter((spec) => !readsPlan(spec)).map(put));
      await putLinks(site);
      current = site;
      publishPlan(site);
      for (const spec of specs.filter(readsPlan))
        await put(spec.kind === 'agent' ? { ...spec, prepare: databaseIsReady } : spec);
    },
    async ready(timeoutMs) {
      const end = Date.now() + timeoutMs;
      const notReady = () => [...running.values()].filter((process) => !process.isReady());
      while (Date.now() < end && notReady().length > 0) await delay(40, never);
      const why = notReady().map(
        ({ spec, trouble }) => `${spec.kind} of ${spec.site}: ${trouble() ?? 'it is starting'}; see ${spec.log}`,
      );
      const pids = [...running.values()].flatMap((process) => process.pid() ?? []);
      if (current) why.push(...foreignListeners(current.plan, pids));
      if (why.length > 0) throw new Error(why.join('\n'));
    },
    processes: () => [...running.values()].map((p) => ({ kind: p.spec.kind, pid: p.pid(), ready: p.isReady() })),
    async stop() {
      await stopKind('agent');
      await stopLinks();
      await Promise.all([stopKind('sshd'), stopKind('rsyncd'), stopKind('database')]);
    },
    rotateLogs() {
      const logs = [...running.values()].map(({ spec }) => spec.log);
      if (current) logs.push(join(current.dir.logs, 'links.log'));
      for (const path of logs) {
        try {
          rotateLog(path);
        } catch (error) {
          log.warn({ err: error, path }, 'a log could not be rotated');
        }
      }
    },
  };
}
