import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { delay } from '../base/delay.ts';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import { controlDir } from './control.ts';
import { type DataDir, dataDir } from './data-dir.ts';
import { Ledger } from './port-ledger.ts';

/**
 * The networks of this user on this machine: one file each, with the path of its data folder. Two networks with sites of
 * the same names would choose the same ports, and a stopped network does not occupy its own.
 */
function registry(): string {
  const state = process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state');
  const wanted = join(state, 'sitesync/networks');
  try {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  } catch {
    // A service user may have no home directory.
    const other = join(controlDir(), 'networks');
    mkdirSync(other, { recursive: true, mode: 0o700 });
    return other;
  }
}

const NAME = /^[0-9a-f]{16}$/;

/** Prevents other networks from choosing the ports in this one's ledger. */
export function registerNetwork(data: DataDir): void {
  const name = createHash('sha256').update(data.root).digest('hex').slice(0, 16);
  writeIfChanged(join(registry(), name), data.root);
}

/** The ports in other networks' ledgers, with the data folder of each. Forgets networks whose data folder is gone. */
export function portsOfOthers(data: DataDir): Map<number, string> {
  const dir = registry();
  const ports = new Map<number, string>();
  for (const name of readdirSync(dir)) {
    if (!NAME.test(name)) continue;
    const root = readFileSync(join(dir, name), 'utf8');
    if (root === data.root) continue;
    const text = readIfThere(dataDir(root).ports);
    if (text === undefined) rmSync(join(dir, name), { force: true });
    else for (const port of portsIn(text)) ports.set(port, root);
  }
  return ports;
}

/** An unreadable ledger is the problem of its own network. */
function portsIn(ledger: string): number[] {
  try {
    return Object.values(Ledger.parse(JSON.parse(ledger)));
  } catch {
    return [];
  }
}

/** An abstract socket as lock for choosing ports. The kernel releases it when its process ends, however that happens. */
const LOCK = `\0sitesync-ports-${process.getuid?.() ?? 0}`;
const TURN_POLL_MS = 50;
/** If somebody else holds the lock for good, a network starts anyway: the ports are probed in any case. */
const MAX_LOCK_MS = 15_000;

/** Runs a task while no other network of this user chooses ports. */
export async function withPortLock<T>(task: () => Promise<T>): Promise<T> {
  const end = Date.now() + MAX_LOCK_MS;
  const server = createServer();
  for (let mine = false; !mine && Date.now() < end; ) {
    try {
      server.listen(LOCK);
      await once(server, 'listening');
      mine = true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await delay(TURN_POLL_MS, new AbortController().signal);
    }
  }
  try {
    return await task();
  } finally {
    server.close();
  }
}
