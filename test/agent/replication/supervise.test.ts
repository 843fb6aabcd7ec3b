import pino from 'pino';
import { afterAll, it } from 'vitest';
import { superviseReplication } from '../../../src/agent/replication/supervise.ts';
import type { LinkPlan } from '../../../src/topology/site-plan.ts';
import { engine, minimalPlan, startDatabase, testSecrets } from '../../support/database.ts';
import { freePort } from '../../support/net.ts';
import { until } from '../../support/until.ts';

const stop = new AbortController();
let database: Awaited<ReturnType<typeof startDatabase>> | undefined;
afterAll(async () => {
  stop.abort();
  await database?.stop();
});

it('a child whose link fails over and returns always has a channel to exactly that hub', async () => {
  const hubs = ['australia', 'germany'];
  const port = await freePort();
  const links = hubs.map(
    (peer, priority): LinkPlan => ({
      peer,
      kind: 'uplink',
      dials: true,
      priority,
      // All hubs of a child are behind the same local ports.
      peerMysql: port,
      peerRsync: 1,
      forwards: { local: [], remote: [] },
      compress: false,
    }),
  );
  const plan = { ...(await minimalPlan('brazil', ['brazil', ...hubs], hubs)), links };
  const secrets = testSecrets(hubs);
  database = await startDatabase(plan, secrets);
  let hub = 'germany';
  const replication = superviseReplication({
    plan,
    secrets,
    pool: database.pool,
    engine,
    log: pino({ level: 'silent' }),
    signal: stop.signal,
    uplink: () => hub,
  });
  for (const next of ['germany', 'australia', 'germany']) {
    hub = next;
    await until(
      () =>
        replication
          .states()
          .map(({ peer }) => peer)
          .join() === next,
      15_000,
      `a channel to ${next}`,
    );
  }
}, 60_000);
