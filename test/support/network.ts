import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { sendRequest } from '../../src/local/control.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import { isFree } from '../../src/local/listens.ts';
import { readNetwork } from '../../src/local/network-file.ts';
import { ownerOf } from '../../src/local/owner.ts';
import { planFiles } from '../../src/local/plan-files.ts';
import { writeLedger } from '../../src/local/port-ledger.ts';
import type { ProcessKind } from '../../src/local/process.ts';
import type { EngineName } from '../../src/topology/site-plan.ts';
import { ENGINE } from './database.ts';
import { treeOf } from './tree.ts';
import { until } from './until.ts';

type Kind = ProcessKind | 'ssh';
type Processes = { site: string; processes: { kind: ProcessKind; pid?: number; ready: boolean }[] }[];

export interface NetworkOptions {
  /** The SyncFolder that is looked at. */
  folder?: string;
  engine?: EngineName;
  /** An empty directory for it; a temporary one unless given. */
  temp?: string;
}

/** A network in a temporary folder, started and used as a person would: by the command line and by writing files. */
export async function startNetwork(yaml: string, options: NetworkOptions = {}) {
  const { folder = 'projects', engine = ENGINE, temp = mkdtempSync(join(tmpdir(), 'sitesync-network-')) } = options;
  const file = join(temp, 'network.yaml');
  const data = dataDir(join(temp, 'data'));

  /** Runs `sitesync ARGS --data …`; rejects when it fails. */
  const cli = (...args: string[]) =>
    execa('bin/sitesync', [...args, '--data', data.root], { stdin: 'ignore', timeout: 120_000 });
  const json = async (...args: string[]) => JSON.parse((await cli(...args, '--json')).stdout);
  const up = async (text = yaml) => {
    writeFileSync(file, text);
    return cli('up', file, '--detach', '--engine', engine);
  };
  await choosePorts();
  /** Ports that no other network on this machine would choose, of those that the kernel gives to nobody. */
  async function choosePorts(): Promise<void> {
    writeFileSync(file, yaml);
    const ports: Record<string, number> = {};
    for (const name of Object.keys(planFiles([file], data).ports)) {
      do ports[name] = randomInt(10_240, 32_768);
      while (!(await isFree(ports[name])));
    }
    mkdirSync(data.root, { recursive: true });
    writeLedger(data, ports);
  }
  const sites = () => readNetwork(data)?.sites ?? [];
  const root = (site: string) => data.site(site).folder(folder);

  async function processes(): Promise<Processes> {
    const owner = ownerOf(data);
    return owner ? ((await sendRequest(owner.socket, { verb: 'processes' }, 5000)) as Processes) : [];
  }

  async function pidOf(site: string, kind: Kind): Promise<number | undefined> {
    if (kind === 'ssh') return sshOf(data.site(site).keys);
    return (await processes()).find((one) => one.site === site)?.processes.find((one) => one.kind === kind)?.pid;
  }

  return {
    data,
    file,
    cli,
    json,
    up,
    sites,
    root,
    pidOf,
    processes,
    /** Ids of everything that the network runs: the supervisor, its processes and the ssh of every link. */
    async pids(): Promise<number[]> {
      const own = (await processes()).flatMap(({ processes: all }) => all.flatMap(({ pid }) => pid ?? []));
      const ssh = sites().flatMap((site) => sshOf(data.site(site).keys) ?? []);
      return [ownerOf(data)?.pid ?? [], own, ssh].flat();
    },
    write(site: string, path: string, content: string | Buffer) {
      const target = join(root(site), path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, content);
    },
    /** Kind, mode, time and hash of every entry of the site's folder. */
    tree: (site: string) => treeOf(root(site)),
    /** Waits until all sites hold the very same tree; fails with an entry that differs. */
    async waitEqual(timeoutMs = 60_000) {
      let differs = '';
      const equal = () => {
        const [first = {}, ...others] = sites().map((site) => treeOf(root(site)));
        const bad = others.find((tree) => JSON.stringify(tree) !== JSON.stringify(first));
        differs = bad ? difference(first, bad) : '';
        return !bad;
      };
      await until(equal, timeoutMs, 'equal trees').catch((error: Error) => {
        throw new Error(`${error.message}; ${differs}`, { cause: error });
      });
    },
    /** SIGKILL; returns once another one of its kind runs in its place. */
    async killProcess(site: string, kind: Kind) {
      const before = await until(() => pidOf(site, kind), 20_000, `${kind} of ${site}`);
      process.kill(before, 'SIGKILL');
      await until(
        async () => {
          const now = await pidOf(site, kind);
          return now !== undefined && now !== before;
        },
        40_000,
        `another ${kind} of ${site}`,
      );
    },
    down: () => cli('down'),
    /** Stops it and removes the folder. */
    async remove() {
      await cli('down');
      rmSync(temp, { recursive: true, force: true });
    },
  };
}

export type TestNetwork = Awaited<ReturnType<typeof startNetwork>>;

/** The ssh client that uses the keys in this folder. */
function sshOf(sshDir: string): number | undefined {
  return numbers().find((pid) => {
    const argv = commandOf(pid);
    return argv[0]?.endsWith('ssh') && argv.some((argument) => argument.includes(`${sshDir}/`));
  });
}

const numbers = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

function commandOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended meanwhile
  }
}

function difference(a: Record<string, string>, b: Record<string, string>): string {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => a[name] !== b[name]);
  const [name = ''] = names;
  return `${names.length} entries differ, for instance ${JSON.stringify(name)}: ${a[name] ?? 'missing'} / ${b[name] ?? 'missing'}`;
}

/** Whether a process lives; one that ended and was not waited for does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
