import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { serveSshd } from '../../../src/agent/link/serve-sshd.ts';
import { writeSshd } from '../../../src/agent/link/sshd.ts';
import { writePlan } from '../../../src/agent/site/site-files.ts';
import { siteDir } from '../../../src/base/site-dir.ts';
import { issueSite } from '../../../src/pki/keys.ts';
import type { LinkPlan, SitePlan } from '../../../src/topology/site-plan.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';

export interface Site {
  plan: SitePlan;
  dir: ReturnType<typeof siteDir>;
}

/** Sites with keys, plans and greeting services, in a directory whose name OpenSSH must quote. */
export async function testNetwork() {
  const root = mkdtempSync(join(tmpdir(), 'site sync %h '));
  const ca = join(root, 'ca');
  const sshds = new Set<AbortController>();
  const services: { close(): void }[] = [];

  async function site(name: string, role: 'hub' | 'child'): Promise<Site> {
    const ports = { mysql: await greeter(`${name} mysql`), rsync: await greeter(`${name} rsync`), api: 0 };
    const listen = { host: '127.0.0.1', port: await freePort() };
    const plan: SitePlan = {
      network: 'test',
      site: name,
      id: 1,
      role,
      engine: 'mariadb',
      ports: role === 'hub' ? { ...ports, ssh: listen.port } : ports,
      ...(role === 'hub' ? { listen } : {}),
      links: [],
      folders: [],
      sites: [],
      inline: { maxBytes: 0, bytesPerSecond: 0, burstBytes: 0 },
      beatSeconds: 30,
    };
    const dir = siteDir(join(root, name));
    mkdirSync(dir.run, { recursive: true });
    await issueSite(ca, plan, dir.keys);
    return { plan, dir };
  }

  /** A service that sends its name to every client. */
  async function greeter(text: string): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    services.push(server);
    return (server.address() as { port: number }).port;
  }

  /** The hub's sshd as in a pod: follows its files and ends stale sessions. */
  async function startSshd(hub: Site) {
    writeSshd(hub.plan, hub.dir);
    const names = [hub.plan.site, ...hub.plan.links.map(({ peer }) => peer)];
    writePlan(hub.dir, { ...hub.plan, sites: names.map((name, i) => ({ name, id: i + 1, role: 'child' })) });
    const abort = new AbortController();
    let said = '';
    const say = (line: string) => void (said += `${line}\n`);
    const served = serveSshd(hub.dir, { log: pino({}, { write: say }), signal: abort.signal, say });
    sshds.add(abort);
    await until(() => said.includes('Server listening'), 5000, `sshd of ${hub.plan.site}`);
    return {
      log: () => said,
      async stop() {
        abort.abort();
        await served;
        sshds.delete(abort);
      },
    };
  }

  return {
    root,
    ca,
    site,
    greeter,
    startSshd,
    close() {
      for (const sshd of sshds) sshd.abort();
      for (const service of services) service.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Ports on the dialling site's loopback: the same for all hubs. */
export const peerPorts = async () => ({ peerMysql: await freePort(), peerRsync: await freePort() });

/** Adds the link from `from` to `hub` to both plans; returns the dialling side. */
export async function addLink(
  from: Site,
  hub: Site,
  local: { peerMysql: number; peerRsync: number },
  address = hub.plan.listen,
) {
  const far = await peerPorts();
  const forwards = {
    local: [
      { listen: local.peerMysql, to: hub.plan.ports.mysql },
      { listen: local.peerRsync, to: hub.plan.ports.rsync },
    ],
    remote: [
      { listen: far.peerMysql, to: from.plan.ports.mysql },
      { listen: far.peerRsync, to: from.plan.ports.rsync },
    ],
  };
  const common = { forwards, compress: false, kind: from.plan.role === 'hub' ? 'trunk' : 'uplink' } as const;
  const priority = from.plan.links.length;
  const dialling: LinkPlan = {
    ...common,
    ...local,
    peer: hub.plan.site,
    dials: true,
    priority,
    ...(address ? { address } : {}),
  };
  from.plan.links.push(dialling);
  const kind = from.plan.role === 'hub' ? 'trunk' : 'downlink';
  hub.plan.links.push({ ...common, ...far, kind, peer: from.plan.site, dials: false, priority: 0 });
  return dialling;
}

/**
 * The response of a service at a loopback port to `request`; '' when it closes or resets without one. Rejects when nothing
 * listens.
 */
export function hear(port: number, request: Buffer | string = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      socket.write(request);
    });
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('error', (error) => (connected ? resolve(text) : reject(error)));
    socket.on('close', () => resolve(text));
  });
}
