import pino from 'pino';
import { expect, test } from 'vitest';
import { loadResources } from '../../../src/api/load.ts';
import type { Context } from '../../../src/operator/network/context.ts';
import { placeNetwork } from '../../../src/operator/network/place-network.ts';
import { plan } from '../../../src/topology/plan.ts';

test('a network that is too large is reported, and nothing is written', async () => {
  const [first] = plan(loadResources(['manifests/five-offices.yaml']), { pods: true, engine: 'mariadb' }).sites;
  const names = Array.from({ length: 30_000 }, (_, i) => `office-number-${i}-of-a-large-company`);
  const sites = names.map((name, i) => ({ name, id: i + 1, role: 'child' as const, hub: 'germany' }));
  // Writing would need a client: there is none.
  const context = { version: '0.1.0', log: pino({ level: 'silent' }) } as Context;
  const { failure } = await placeNetwork(context, 'acme', [{ ...first!, sites }], []);
  expect(failure?.reason).toBe('NetworkTooLarge');
  expect(failure?.message).toMatch(
    /^the list of sites has \d+ bytes, the maximum is 1000000: split the network into two namespaces.*\. The sites continue as before$/,
  );
});
