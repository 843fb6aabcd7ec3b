import { expect, test } from 'vitest';
import { whyStopped } from '../../../src/agent/replication/why-stopped.ts';
import type { LinkPlan } from '../../../src/topology/site-plan.ts';

const link = (peer: string, kind: LinkPlan['kind']): LinkPlan => ({
  peer,
  kind,
  dials: true,
  priority: 0,
  peerMysql: 1,
  peerRsync: 1,
  forwards: { local: [], remote: [] },
  compress: false,
});
const plan = { site: 'oslo', links: [link('faro', 'trunk'), link('lisbon', 'uplink')] };
const error = 'Got fatal error 1236 from master';

test('a hub that has no log of what comes next is told as such, with the remedy; what a child repairs itself needs none', () => {
  const between = whyStopped(plan, { peer: 'faro', state: 'purged', error });
  expect(between).toMatch(/^it has no log of the rows that come next: they are from before it was a hub, or too old\./);
  expect(between).toMatch(
    /If none does, remove Hub oslo and list faro in spec\.hubs of its Site until that is in sync, then apply the Hub again$/,
  );
  // A heartbeat carries 300 characters of it.
  expect(`replication from faro: ${between}`.length).toBeLessThan(300);
  expect(whyStopped(plan, { peer: 'lisbon', state: 'purged', error })).toMatch(/copied from its tables/);
  expect(whyStopped(plan, { peer: 'faro', state: 'failed', error: 'Duplicate entry' })).toBe('Duplicate entry');
});
