import { readFileSync, rmSync } from 'node:fs';
import pino from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Supervisor, startSupervisor } from '../../src/local/supervisor.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { issueSite, sshFiles } from '../../src/pki/keys.ts';
import { ENGINE } from '../support/database.ts';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const DAY = 86_400_000;
const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
const two = [
  object('Site', 'germany', {}),
  object('Hub', 'germany', {}),
  object('Site', 'brazil', { hubs: [{ name: 'germany' }] }),
  object('SyncFolder', 'projects', { selector: {} }),
].join('\n---\n');

let network: TestNetwork;
let supervisor: Supervisor;
beforeAll(async () => {
  network = await startNetwork(two);
  supervisor = await startSupervisor(network.data, pino({ level: 'silent' }), 100);
  await supervisor.apply([network.file], ENGINE);
  await supervisor.up();
});
afterAll(async () => {
  await supervisor?.stop();
  await network?.remove();
});

const daysLeft = (site: string, certificate: 'userCertificate' | 'hostCertificate') => {
  const path = sshFiles(network.data.site(site).keys)[certificate];
  return (parseCertificate(readFileSync(path, 'utf8'))!.validUntil - Date.now()) / DAY;
};

test('certificates that are about to expire are renewed while the network runs, and its links stay up', async () => {
  const link = await network.pidOf('brazil', 'ssh');
  for (const [site, role] of [
    ['germany', 'hub'],
    ['brazil', 'child'],
  ] as const) {
    const { keys } = network.data.site(site);
    for (const path of [sshFiles(keys).userCertificate, sshFiles(keys).hostCertificate]) rmSync(path, { force: true });
    await issueSite(network.data.ca, { site, role }, keys, { days: 20, now: Date.now() });
  }
  await until(() => daysLeft('brazil', 'userCertificate') > 80, 10_000, "the child's certificate");
  await until(() => daysLeft('germany', 'hostCertificate') > 80, 10_000, "the hub's certificate");
  network.write('brazil', 'after', 'renewed');
  await network.waitEqual();
  expect(await network.pidOf('brazil', 'ssh')).toBe(link);
  process.kill(link!, 'SIGKILL');
  network.write('germany', 'again', 'by a new connection');
  await network.waitEqual();
});
