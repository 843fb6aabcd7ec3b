import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import { openDatabase } from '../database/connect.ts';
import type { Endpoint, SitePlan } from '../topology/site-plan.ts';

/** Resolves when the agent can log in to the site's database, with the password that holds now. */
export async function databaseReady(plan: SitePlan, dir: SiteDir): Promise<void> {
  const secrets = JSON.parse(readFileSync(dir.secrets, 'utf8')) as SiteSecrets;
  const pool = openDatabase(plan, secrets, 1);
  try {
    await pool.query('SELECT 1');
  } finally {
    await pool.end();
  }
}

/** Resolves when the server at this address greets with the given word, as rsyncd and sshd do. */
export async function greets(at: Endpoint, word: string, signal: AbortSignal): Promise<void> {
  const socket = connect(at.port, at.host);
  try {
    const [data] = (await once(socket, 'data', { signal })) as [Buffer];
    if (!data.toString('latin1').startsWith(word)) throw new Error(`${at.host}:${at.port} is not ${word}`);
  } finally {
    socket.destroy();
  }
}

/** Resolves when the agent's API answers. */
export async function agentReady(plan: SitePlan, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${plan.ports.api}/healthz`, { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the agent answered ${response.status}`);
}

/** Where a process that listens there is reached from this machine: all-zero addresses mean every one. */
export function reachable({ host, port }: Endpoint): Endpoint {
  return { host: { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host, port };
}
