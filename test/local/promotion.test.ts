import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
const site = (name: string, ...hubs: string[]) => object('Site', name, { hubs: hubs.map((hub) => ({ name: hub })) });
const hub = (name: string) => [site(name), object('Hub', name, {})];
const folder = object('SyncFolder', 'projects', { selector: {} });
const yaml = (...objects: string[]) => objects.join('\n---\n');

const before = yaml(
  ...hub('lisbon'),
  ...hub('oslo'),
  site('faro', 'lisbon', 'oslo'),
  site('porto', 'lisbon', 'oslo'),
  folder,
);
const promoted = yaml(...hub('lisbon'), ...hub('oslo'), ...hub('faro'), site('porto', 'faro', 'oslo'), folder);
const without = yaml(...hub('oslo'), ...hub('faro'), site('porto', 'faro', 'oslo'), folder);
const demoted = yaml(...hub('oslo'), site('faro', 'oslo'), site('porto', 'oslo'), folder);

let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork(before);
  await network.up();
  for (const name of ['lisbon', 'oslo', 'faro', 'porto']) network.write(name, `from-${name}`, name.repeat(20_000));
  await network.waitEqual();
});
afterAll(() => network?.remove());

/** Every site reports that it is well, and a file from each reaches all. */
async function works(step: string): Promise<void> {
  await network.cli('wait', '--timeout', '60s');
  for (const name of network.sites()) network.write(name, `${step}-${name}`, `${step} ${name}`);
  await network.waitEqual();
  await network.cli('wait', '--timeout', '60s');
  const { sites } = (await network.json('status')) as { sites: { errors: string[] }[] };
  expect(sites.flatMap(({ errors }) => errors)).toEqual([]);
}

test('a child becomes a hub, another child moves to it, the old hub leaves, and the new one is demoted again', async () => {
  await network.up(promoted);
  await works('promoted');
  // It uses the next hub in its list while the new one is still starting.
  const hubOf = async (site: string) => {
    const { sites } = (await network.json('status')) as { sites: { name: string; hub: string }[] };
    return sites.find(({ name }) => name === site)!.hub;
  };
  await until(async () => (await hubOf('porto')) === 'faro', 60_000, 'porto to come home to faro');
  await network.up(without);
  await works('without');
  await network.up(demoted);
  await works('demoted');
  await network.up(without);
  await works('again');
}, 300_000);
