import { accessSync, constants, existsSync } from 'node:fs';
import { z } from 'zod';
import { mergeStatus } from '../../agent/queries/merge-status.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import { sendRequest } from '../../local/control.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { checkFree, listenAddresses } from '../../local/listens.ts';
import { readNetwork } from '../../local/network-file.ts';
import { ownerOf } from '../../local/owner.ts';
import { askAll } from '../sites/ask-all.ts';
import { type SiteClient, siteClients } from '../sites/client.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';
import { checkInstances, checkWatches } from './machine-checks.ts';

const SILENT_MS = 5000;
const Processes = z.array(
  z.object({ site: z.string(), processes: z.array(z.object({ kind: z.string(), ready: z.boolean() })) }),
);

/** Checks the data folder, what runs in it, and the health of each site. */
export async function checkNetwork(data: DataDir): Promise<Finding[]> {
  if (!existsSync(data.root)) return [ok('data folder', `${data.root} does not exist yet`)];
  try {
    accessSync(data.root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      wrong(
        'data folder',
        `${data.root} is not writable`,
        'Run as the user who owns it, or specify another folder with --data',
      ),
    ];
  }
  const network = readNetwork(data);
  if (!network) return [ok('data folder', `${data.root} contains no network yet`)];
  const found = ok(
    'data folder',
    `${data.root} contains the network "${network.network}" with ${network.sites.length} sites`,
  );
  const clients = siteClients(data);
  const owner = ownerOf(data);
  const start = network.joined ? 'sitesync join' : 'sitesync up FILE';
  if (!owner)
    return [found, warning('processes', 'nothing is running', `Start it with "${start}"`), await checkPorts(clients)];
  return [found, await checkProcesses(owner.socket, owner.pid), ...(await checkSites(clients))];
}

/** Whether the ports of a stopped network are free for its next start. */
async function checkPorts(clients: SiteClient[]): Promise<Finding> {
  const listens = listenAddresses(clients.map(({ plan }) => plan));
  try {
    await checkFree(listens);
    return ok('ports', `all ${listens.length} are free`);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const [first] = error.problems;
    return wrong('ports', error.problems.map((p) => `${p.object}: ${p.reason}`).join('; '), first?.remedy ?? '');
  }
}

async function checkProcesses(socket: string, pid: number): Promise<Finding> {
  const answer = await sendRequest(socket, { verb: 'processes' }, SILENT_MS).catch(() => undefined);
  if (answer === undefined)
    return wrong(
      'processes',
      `the supervisor, process ${pid}, does not respond`,
      `Stop it with "kill ${pid}" and start again`,
    );
  const all = Processes.parse(answer).flatMap(({ site, processes }) =>
    processes.map((process) => ({ site, ...process })),
  );
  const not = all.filter(({ ready }) => !ready).map(({ site, kind }) => `${kind} of ${site}`);
  if (not.length === 0) return ok('processes', `all ${all.length} respond`);
  return wrong(
    'processes',
    `no response from: ${not.join(', ')}`,
    'They are replaced automatically; if that does not help, see their logs in the data folder: sites/SITE/logs/',
  );
}

async function checkSites(clients: SiteClient[]): Promise<Finding[]> {
  const answers = await askAll(clients, (client) => client.status());
  const watched = answers.reduce(
    (sum, answer) => sum + ('status' in answer ? answer.status.detect.watchedDirectories : 0),
    0,
  );
  const sites = mergeStatus(answers).map((site) => {
    const check = `site ${site.name}`;
    if (site.errors.length > 0)
      return wrong(check, site.errors.join('; '), `See "sitesync status ${site.name}" and docs/troubleshooting.md`);
    if (!site.connected)
      return wrong(check, 'is not connected', `See sites/${site.name}/logs/links.log in the data folder`);
    return ok(check, site.inSync ? 'in sync' : 'catching up');
  });
  return [...sites, checkWatches(watched), checkInstances(clients.length)];
}
