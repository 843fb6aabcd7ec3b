import { expect, it } from 'vitest';
import { loadResources } from '../../../src/api/load.ts';
import { authoritiesOf } from '../../../src/operator/network/authorities.ts';
import { createCredentialsCache } from '../../../src/operator/network/site-credentials.ts';
import { plan } from '../../../src/topology/plan.ts';

it('a deleted Secret is recreated with other keys, however soon', async () => {
  const { sites } = plan(loadResources(['manifests/five-offices.yaml']), { pods: true });
  const authorities = await authoritiesOf({
    network: 'acme',
    secrets: { ssh: undefined, tls: undefined },
    phase: 'steady',
    days: 1825,
    now: Date.now(),
  });
  const cache = createCredentialsCache(Date.now, 90);
  const keysWhenPresent = async (present: Record<string, string> | undefined) => {
    const all = await cache.complete(sites, {
      authorities,
      rotation: { phase: 'steady', since: 0 },
      present: new Map(present ? [['spain', present]] : []),
      uids: new Map(),
      supplied: new Map(),
    });
    return all.get('spain')!.keys;
  };
  const first = await keysWhenPresent(undefined);
  expect(await keysWhenPresent(first)).toEqual(first);
  const again = await keysWhenPresent(undefined);
  expect(again.user_key).toMatch(/PRIVATE KEY/);
  expect(again.user_key).not.toBe(first.user_key);
});
