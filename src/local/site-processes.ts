import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SSH_GREETING } from '../agent/link/probe.ts';
import { NODE_FLAGS } from '../agent/node-flags.ts';
import { rsyncdCommand } from '../agent/transfer/rsyncd.ts';
import { awaitGreeting, reachableAddress } from '../base/await-greeting.ts';
import { readIfThere } from '../base/files.ts';
import { checkPulse } from '../base/pulse.ts';
import { engines } from '../database/engines.ts';
import { sshdListen } from './listens.ts';
import type { ProcessSpec } from './process.ts';
import type { ProvisionedSite } from './provision.ts';
import { agentReady, databaseAnswers, databaseReady } from './ready.ts';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

/** The processes of one site. The agent comes last: it needs the database. */
export function siteProcesses({ plan, dir }: ProvisionedSite): ProcessSpec[] {
  const { site } = plan;
  const engine = engines[plan.engine];
  const logOf = (name: string) => join(dir.logs, `${name}.log`);
  const specs: ProcessSpec[] = [
    {
      kind: 'database',
      site,
      command: engine.command(dir),
      log: logOf('database'),
      fingerprint: readIfThere(dir.mysql.config) ?? '',
      prepare: () => engine.initialise(dir),
      ready: () => databaseReady(plan, dir),
      answers: () => databaseAnswers(plan, dir),
      graceSeconds: 20,
    },
    {
      kind: 'rsyncd',
      site,
      command: rsyncdCommand(dir),
      log: logOf('rsyncd'),
      // It rereads everything else for each connection.
      fingerprint: String(plan.ports.rsync),
      ready: (signal) => awaitGreeting({ host: '127.0.0.1', port: plan.ports.rsync, word: '@RSYNCD:' }, signal),
      graceSeconds: 3,
    },
  ];
  const [listen] = sshdListen(plan);
  if (listen) {
    specs.push({
      kind: 'sshd',
      site,
      command: [process.execPath, MAIN, 'sshd', '--site-dir', dir.root],
      log: logOf('sshd'),
      fingerprint: `${listen.host}:${listen.port}`,
      ready: (signal) => awaitGreeting({ ...reachableAddress(listen), ...SSH_GREETING }, signal),
      // It probes its sshd itself and replaces it without closing connections.
      answers: async () => checkPulse(dir.sshd.pulse),
      graceSeconds: 3,
    });
  }
  specs.push({
    kind: 'agent',
    site,
    command: [process.execPath, ...NODE_FLAGS, MAIN, 'agent', '--site-dir', dir.root],
    log: logOf('agent'),
    // It follows plan.json and the passwords by itself.
    fingerprint: JSON.stringify([plan.role, plan.ports, plan.page]),
    ready: (signal) => agentReady(plan, dir, signal),
    graceSeconds: 10,
  });
  return specs;
}
