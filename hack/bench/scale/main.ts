import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { startApiServer } from '../../../test/support/api-server.ts';
import { freePort } from '../../../test/support/net.ts';
import { memoryOf, timed } from '../measure.ts';
import { networkOf } from './network.ts';
import { writeScaleReport } from './report.ts';

const [SITES = 1000, HUBS = 20, FOLDERS = 100] = process.argv.slice(2).map(Number);
const NAMESPACE = 'acme';
const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const MB = 2 ** 20;
/** As in the chart. */
const NODE_OPTIONS = '--max-semi-space-size=4';
/** How long an idle network is watched for writes (s). */
const REST = 60;

const server = await startApiServer();
const say = (text: string) => console.error(`  ${text}`);

/** Samples of a metric of the API server, by its labels. */
function samples(metrics: string, name: string): { labels: string; value: number }[] {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .map((line) => ({
      labels: line.slice(0, line.lastIndexOf(' ')),
      value: Number(line.slice(line.lastIndexOf(' '))),
    }));
}
const apiMetrics = () => server.kubectl(['get', '--raw', '/metrics']);
/** Successful writes so far except leases, by resource. */
function writes(): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { labels, value } of samples(apiMetrics(), 'apiserver_request_total')) {
    if (!/verb="(APPLY|PATCH|POST|PUT|DELETE)"/.test(labels) || !/code="2/.test(labels)) continue;
    const resource = /,resource="([^"]*)"/.exec(labels)?.[1] ?? '';
    if (resource === 'leases') continue;
    sums.set(resource, (sums.get(resource) ?? 0) + value);
  }
  return sums;
}
/** The last object that is created for each site. */
const madeSets = () => writes().get('statefulsets') ?? 0;
const total = (of: Map<string, number>) => [...of.values()].reduce((sum, n) => sum + n, 0);
function since(before: Map<string, number>): Record<string, number> {
  const now = [...writes()].map(([resource, n]) => [resource, n - (before.get(resource) ?? 0)] as const);
  return Object.fromEntries(now.filter(([, n]) => n > 0));
}

async function until(condition: () => boolean | Promise<boolean>, what: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await pause(500);
  }
}

interface Operator {
  process: ChildProcess;
  peak(): number;
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

async function startOperator(): Promise<Operator> {
  const port = await freePort();
  const flags = ['--image=example.org/sitesync:1', '--database-image=mysql:9.7', '--lease-namespace=default'];
  const ports = [`--metrics-port=${port}`, '--health-port=0'];
  const args = [MAIN, 'operator', `--kubeconfig=${server.kubeconfig}`, ...flags, ...ports];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, NODE_OPTIONS },
  });
  let peak = 0;
  const timer = setInterval(() => (peak = Math.max(peak, memoryOf([child.pid!]))), 500);
  return {
    process: child,
    peak: () => peak,
    async metric(name) {
      const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      );
      const lines = text.split('\n').filter((line) => line.startsWith(name));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async stop() {
      clearInterval(timer);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Resolves when nothing was written for 5 s and the operator has reconciled the network. */
async function calm(operator: Operator, seconds: number): Promise<void> {
  let last = -1;
  let since = Date.now();
  await until(
    async () => {
      const now = total(writes());
      if (now !== last) [last, since] = [now, Date.now()];
      return (
        Date.now() - since > 5000 && (await operator.metric('controller_runtime_reconcile_time_seconds_count')) > 0
      );
    },
    'the operator is idle',
    seconds,
  );
}

let operator: Operator | undefined;
try {
  server.kubectl(['apply', '-f', 'crds/']);
  server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  server.kubectl(['create', 'namespace', NAMESPACE]);
  operator = await startOperator();
  const apply = (objects: object[]) =>
    server.kubectl(
      ['apply', '--server-side', '-n', NAMESPACE, '-f', '-'],
      objects.map((object) => JSON.stringify(object)).join('\n---\n'),
    );
  const { first, rest, another } = networkOf(SITES, HUBS, FOLDERS);
  const started = performance.now();
  const applied = await timed(async () => void apply([...first, ...rest]));
  say(`kubectl apply: ${applied.toFixed(1)} s`);
  await until(() => madeSets() >= SITES, 'all objects', 900);
  const placed = (performance.now() - started) / 1000;
  say(`all objects in place after ${placed.toFixed(1)} s, operator ${Math.round(operator.peak() / MB)} MB at most`);
  await calm(operator, 600);
  say(`calm after ${((performance.now() - started) / 1000).toFixed(1)} s`);

  const before = writes();
  await pause(REST * 1000);
  const atRest = since(before);
  say(`writes in ${REST} s at rest: ${JSON.stringify(atRest)}`);

  const beforeChange = writes();
  apply([another]);
  await until(() => madeSets() > SITES, 'the objects of one more site', 120);
  await calm(operator, 120);
  const oneMore = since(beforeChange);
  say(`writes for one more site: ${JSON.stringify(oneMore)}`);

  const peak = operator.peak();
  await operator.stop();
  const beforeRestart = writes();
  operator = await startOperator();
  const restarted = performance.now();
  const again = operator;
  await until(
    async () => (await again.metric('controller_runtime_reconcile_time_seconds_count')) > 0,
    'the operator has looked through',
    300,
  );
  const restart = (performance.now() - restarted) / 1000;
  say(`restart to calm: ${restart.toFixed(1)} s, writes ${JSON.stringify(since(beforeRestart))}`);
  await writeScaleReport({
    sites: SITES,
    hubs: HUBS,
    folders: FOLDERS,
    placed,
    memory: Math.max(peak, operator.peak()) / MB,
    atRest: Object.values(atRest).reduce((sum, n) => sum + n, 0),
    oneMore,
    restart,
  });
} finally {
  await operator?.stop();
  await server.stop();
}
