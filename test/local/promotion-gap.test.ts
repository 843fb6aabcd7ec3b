import { afterAll, beforeAll, expect, test } from 'vitest';
import { startNetwork, type TestNetwork } from '../support/network.ts';
import { until } from '../support/until.ts';

const object = (kind: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
const site = (name: string, ...hubs: string[]) => object('Site', name, { hubs: hubs.map((hub) => ({ name: hub })) });
const hub = (name: string) => [site(name), object('Hub', name, {})];
const yaml = (...objects: string[]) => [...objects, object('SyncFolder', 'projects', { selector: {} })].join('\n---\n');

let network: TestNetwork;
beforeAll(async () => {
  network = await startNetwork(yaml(...hub('lisbon'), ...hub('oslo'), site('faro', 'lisbon')));
  await network.up();
});
afterAll(() => network?.remove());

async function saved(name: string): Promise<void> {
  network.write('lisbon', name, name.repeat(20_000));
  await network.waitEqual();
}

const troubles = async (name: string) => {
  const { sites } = (await network.json('status')) as { sites: { name: string; errors: string[] }[] };
  return sites.find((one) => one.name === name)!.errors.join('\n');
};

test('a hub that missed what its neighbour took in as a child is told why and what to do, and that helps', async () => {
  await saved('before');
  // While oslo is away, faro takes in rows of lisbon as a child, becomes a hub, and logs what comes then.
  await network.up(yaml(...hub('lisbon'), site('faro', 'lisbon')));
  await saved('as-child');
  await network.up(yaml(...hub('lisbon'), ...hub('faro')));
  await saved('as-hub');
  // lisbon, which could tell oslo, is gone for good.
  await network.up(yaml(...hub('faro'), ...hub('oslo')));
  const told = await until(
    async () => /replication from faro: it has no log of the rows that come next.*/.exec(await troubles('oslo'))?.[0],
    60_000,
    'oslo to be told',
  );
  expect(told).toMatch(
    /remove Hub oslo and list faro in spec\.hubs of its Site until that is in sync, then apply the Hub again$/,
  );

  await network.up(yaml(...hub('faro'), site('oslo', 'faro')));
  await network.cli('wait', '--timeout', '90s');
  await network.waitEqual();
  await network.up(yaml(...hub('faro'), ...hub('oslo')));
  network.write('oslo', 'again', 'a hub again');
  network.write('faro', 'too', 'beside the other');
  await network.waitEqual();
  await network.cli('wait', '--timeout', '90s');
  expect(await troubles('oslo')).toBe('');
}, 400_000);
