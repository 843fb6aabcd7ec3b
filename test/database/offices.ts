import type { RowDataPacket } from 'mysql2/promise';
import { replicationUser } from '../../src/base/login-name.ts';
import type { ChannelSpec } from '../../src/database/engine.ts';
import type { LinkPlan } from '../../src/topology/site-plan.ts';
import { engine, minimalPlan, startDatabase, type TestDatabase, testSecrets } from '../support/database.ts';

/** A hub, germany, with two children. */
const NAMES = ['brazil', 'germany', 'spain'];

export async function startOffices() {
  const start = async (site: string) => {
    const plan = await minimalPlan(site, NAMES, ['germany']);
    const others = NAMES.filter((name) => name !== site);
    const links = site === 'germany' ? others.map(downlink) : [];
    return startDatabase({ ...plan, links }, testSecrets(others));
  };
  const [germany, brazil, spain] = await Promise.all([start('germany'), start('brazil'), start('spain')]);
  await Promise.all([open(germany, brazil), open(germany, spain), open(brazil, germany), open(spain, germany)]);
  return { germany, brazil, spain, stop: () => Promise.all([germany, brazil, spain].map((one) => one.stop())) };
}

/** A hub's link to a child, as far as a database needs it: which site is allowed to write what. */
const downlink = (peer: string): LinkPlan => ({
  peer,
  kind: 'downlink',
  dials: false,
  priority: 0,
  peerMysql: 0,
  peerRsync: 0,
  forwards: { local: [], remote: [] },
  compress: false,
});

/** The channel at `at` from `from`, as the agent opens it. */
export async function open(at: TestDatabase, from: TestDatabase): Promise<void> {
  const others = (of: TestDatabase) => NAMES.filter((name) => name !== of.plan.site);
  const fence: Pick<ChannelSpec, 'speaksFor' | 'neverFor' | 'domains'> =
    at.plan.role === 'hub'
      ? { speaksFor: [from.plan.site], neverFor: others(from), domains: { only: from.plan.id } }
      : { speaksFor: others(at), neverFor: [at.plan.site], domains: { except: at.plan.id } };
  const { mysqlPassword: password } = from.secrets.inbound[at.plan.site]!;
  const db = await at.pool.getConnection();
  const { site: peer, ports } = from.plan;
  const user = replicationUser(at.plan.site, password);
  await engine.openChannel(db, { peer, port: ports.mysql, user, password, ...fence });
  db.release();
}

export const insert = (schema: string, seq: number, path: string) =>
  `INSERT INTO ${schema}.version VALUES
    (${seq}, 'f', '${path}', REPEAT('k', 16), 'file', 1, 0, 420, REPEAT('h', 32), NULL, NULL, NULL, NULL, ${seq}, 'x', 0)`;

export async function pathsAt(at: TestDatabase, schema: string): Promise<string[]> {
  const [rows] = await at.pool.query<RowDataPacket[]>(`SELECT path FROM ${schema}.version ORDER BY seq`);
  return rows.map((row) => String(row.path));
}
