import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { freePort, type Proxy, proxy } from '../../../test/support/net.ts';
import { until } from '../../../test/support/until.ts';
import { withDescendants } from '../measure.ts';
import { CHILDREN, SITES, type SiteName, type Star } from '../star.ts';

interface Instance {
  home: string;
  id: string;
  port: number;
  gui: number;
  key: string;
  process?: ChildProcess;
}

/**
 * The same star of hubs and children: syncthing with a delay of 1 s for events, without relays, discovery or rate limits;
 * `counted` as for SiteSync.
 */
export async function startSyncthing(counted = false): Promise<Star> {
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-bench-syncthing-'));
  const root = (site: string) => join(temp, site, 'folder');
  const instances = new Map<string, Instance>();
  for (const site of SITES) instances.set(site, await generate(join(temp, site, 'home')));
  const pairs: [string, string][] = [['h1', 'h2'], ...Object.entries(CHILDREN)];
  const links = new Map<string, Proxy>();
  if (counted) {
    for (const [from, to] of pairs) links.set(`${from}-${to}`, await proxy({ port: instances.get(to)!.port }));
  }

  for (const [site, instance] of instances) {
    const neighbours = pairs
      .filter((pair) => pair.includes(site))
      .map(([from, to]) => ({
        id: instances.get(from === site ? to : from)!.id,
        address:
          from === site ? `tcp://127.0.0.1:${links.get(`${from}-${to}`)?.port ?? instances.get(to)!.port}` : 'dynamic',
      }));
    mkdirSync(root(site), { recursive: true });
    writeFileSync(join(instance.home, 'config.xml'), configXml(instance, root(site), neighbours));
    instance.process = spawn('syncthing', ['serve', '--home', instance.home, '--no-browser', '--no-restart'], {
      stdio: 'ignore',
      env: { ...process.env, STNOUPGRADE: '1' },
    });
  }
  const ask = async (site: string, path: string): Promise<Record<string, unknown>> => {
    const { gui, key } = instances.get(site)!;
    const response = await fetch(`http://127.0.0.1:${gui}${path}`, { headers: { 'X-API-Key': key } });
    return (await response.json()) as Record<string, unknown>;
  };
  const connected = async (site: SiteName) => {
    const wanted = pairs.filter((pair) => pair.includes(site)).length;
    await until(
      async () => {
        const { connections } = await ask(site, '/rest/system/connections');
        return (
          Object.values(connections as Record<string, { connected: boolean }>).filter((c) => c.connected).length ===
          wanted
        );
      },
      60_000,
      `${site} of syncthing to be connected`,
    );
  };
  async function stop() {
    for (const { process: child } of instances.values()) {
      const ended = new Promise((resolve) => child!.once('exit', resolve));
      child!.kill();
      await ended;
    }
    for (const link of links.values()) await link.close();
    rmSync(temp, { recursive: true, force: true });
  }
  try {
    for (const site of SITES) await connected(site);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    root,
    wireBytes: () => Object.fromEntries([...links].map(([link, { bytes }]) => [link, bytes().up + bytes().down])),
    pids: async (site: SiteName) => withDescendants([instances.get(site)!.process!.pid!]),
    async settled() {
      for (const site of SITES)
        await until(
          async () => {
            const status = await ask(site, '/rest/db/status?folder=bench');
            return status.state === 'idle' && status.needTotalItems === 0;
          },
          120_000,
          `${site} of syncthing to be idle`,
        );
    },
    stop,
  };
}

async function generate(home: string): Promise<Instance> {
  mkdirSync(home, { recursive: true });
  await execa('syncthing', ['generate', '--home', home, '--no-default-folder', '--skip-port-probing']);
  const xml = readFileSync(join(home, 'config.xml'), 'utf8');
  const part = (pattern: RegExp) => pattern.exec(xml)![1]!;
  return {
    home,
    id: part(/<device id="([^"]+)"/),
    key: part(/<apikey>([^<]+)</),
    port: await freePort(),
    gui: await freePort(),
  };
}

function configXml(self: Instance, root: string, neighbours: { id: string; address: string }[]): string {
  const devices = [{ id: self.id, address: 'dynamic' }, ...neighbours];
  return `<configuration version="36">
  <folder id="bench" label="bench" path="${root}" type="sendreceive" rescanIntervalS="3600" fsWatcherEnabled="true" fsWatcherDelayS="1">
    ${devices.map(({ id }) => `<device id="${id}"></device>`).join('')}
    <minDiskFree unit="%">0</minDiskFree>
  </folder>
  ${devices.map(({ id, address }) => `<device id="${id}" compression="metadata"><address>${address}</address></device>`).join('\n  ')}
  <gui enabled="true" tls="false"><address>127.0.0.1:${self.gui}</address><apikey>${self.key}</apikey></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${self.port}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <reconnectionIntervalS>1</reconnectionIntervalS>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>false</crashReportingEnabled>
    <setLowPriority>false</setLowPriority>
  </options>
</configuration>
`;
}
