import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverUuid } from '../../src/database/mysql-gtid.ts';
import { ENGINE, engine, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { insert, open, pathsAt, startOffices } from './offices.ts';

let offices: Awaited<ReturnType<typeof startOffices>>;
let germany: TestDatabase;
let brazil: TestDatabase;
let spain: TestDatabase;
/** Both children's servers are controlled by an attacker. */
let liar: Connection;
let other: Connection;

const has = (at: TestDatabase, schema: string, path: string) =>
  until(async () => (await pathsAt(at, schema)).includes(path), 20_000, `${path} of ${schema} at ${at.plan.site}`);

/** As agents do every second. */
async function lookAfterChannels(at: TestDatabase): Promise<string[]> {
  const db = await at.pool.getConnection();
  const liars = await engine.undoForgedPositions(db);
  db.release();
  return liars;
}

async function stateOf(at: TestDatabase, peer: string) {
  const db = await at.pool.getConnection();
  const states = await engine.channels(db);
  db.release();
  return states.find((state) => state.peer === peer);
}

async function knownAt(at: TestDatabase, numbers: string): Promise<boolean> {
  const [[row]] = await at.pool.query<RowDataPacket[]>('SELECT GTID_SUBSET(?, @@GLOBAL.gtid_executed) AS known', [
    numbers,
  ]);
  return row!.known === 1;
}

describe.runIf(ENGINE === 'mysql')('a child of a MySQL hub speaks only for itself (MySQL only)', () => {
  beforeAll(async () => {
    offices = await startOffices();
    ({ germany, brazil, spain } = offices);
    [liar, other] = await Promise.all([brazil.asRoot(), spain.asRoot()]);
    await spain.pool.query(insert('site_spain', 1, 'true'));
    await has(brazil, 'site_spain', 'true');
  });
  afterAll(() => offices?.stop());

  it('rows and tables of others are dropped, and its own rows continue', async () => {
    for (const sql of [
      insert('site_spain', 77, 'forged'),
      "UPDATE site_spain.version SET path = 'defaced'",
      'DELETE FROM site_spain.version',
      "INSERT INTO local.folder (name, since) VALUES ('forged', 1)",
      'DROP TABLE site_spain.conflict',
      'DROP DATABASE site_spain',
    ]) {
      await liar.query(sql);
    }
    await liar.query(insert('site_brazil', 1, 'its own'));
    await has(germany, 'site_brazil', 'its own');
    await has(spain, 'site_brazil', 'its own');
    expect(await pathsAt(germany, 'site_spain')).toEqual(['true']);
    expect((await germany.pool.query<RowDataPacket[]>('SHOW TABLES FROM site_spain'))[0]).toHaveLength(6);
    expect(await lookAfterChannels(germany)).toEqual([]);
  });

  it.each([
    ["the other child's next", () => `${serverUuid('spain')}:2`],
    ["the other child's far ahead", () => `${serverUuid('spain')}:1000000`],
    ["the hub's next", () => `${serverUuid('germany')}:1`],
  ])('a number that is not its own is not let in: %s', async (name, number) => {
    await until(async () => (await stateOf(germany, 'brazil'))?.state === 'running', 20_000, 'an open channel');
    await liar.query(`SET GTID_NEXT = '${number()}'`);
    await liar.query(insert('site_brazil', 100 + name.length, `under a false flag: ${name.replaceAll("'", '')}`));
    await liar.query("SET GTID_NEXT = 'AUTOMATIC'");
    await until(async () => (await lookAfterChannels(germany))[0] === 'brazil', 20_000, 'the lie to be seen');
    expect(await lookAfterChannels(germany)).toEqual([]);
    expect(await stateOf(germany, 'brazil')).toBeUndefined();
    expect(await knownAt(germany, number())).toBe(false);
    expect(JSON.stringify(await pathsAt(germany, 'site_brazil'))).not.toContain('false flag');

    // The same log again is the same forgery. Once it is purged the site continues.
    await open(germany, brazil);
    await until(async () => (await lookAfterChannels(germany))[0] === 'brazil', 20_000, 'the lie to be seen again');
    await liar.query('RESET BINARY LOGS AND GTIDS');
    await open(germany, brazil);
  });

  it('so the others are still heard, and hear', async () => {
    await spain.pool.query(insert('site_spain', 2, 'still heard'));
    await germany.pool.query(insert('site_germany', 1, 'of the hub'));
    await has(germany, 'site_spain', 'still heard');
    await has(spain, 'site_germany', 'of the hub');
    expect(await knownAt(germany, `${serverUuid('spain')}:1-2`)).toBe(true);
  });

  it('a statement other than a row stops its channel, and nothing else', async () => {
    await other.query("CREATE USER intruder@'127.0.0.1' IDENTIFIED BY 'x'");
    await until(async () => (await stateOf(germany, 'spain'))?.state === 'failed', 20_000, 'a failed channel');
    expect((await stateOf(germany, 'spain'))?.error).toMatch(/CREATE USER/);
    const hub = await germany.asRoot();
    expect((await hub.query<RowDataPacket[]>("SELECT User FROM mysql.user WHERE User = 'intruder'"))[0]).toEqual([]);
    await germany.pool.query(insert('site_germany', 2, 'goes on'));
    await has(spain, 'site_germany', 'goes on');
  });

  it("the applier of a hub's channel may write all but this site's schema, even without a filter", async () => {
    const root = await spain.asRoot();
    await root.query('SET SESSION sql_log_bin = 0');
    await root.query("ALTER USER apply_hubs@localhost IDENTIFIED BY 'tried' ACCOUNT UNLOCK");
    const socketPath = `${spain.dir.mysql.data}/mysql.sock`;
    const applier = await createConnection({ socketPath, user: 'apply_hubs', password: 'tried' });
    try {
      await applier.query('DELETE FROM site_brazil.version WHERE seq = 0');
      for (const sql of [insert('site_spain', 9, 'forged'), 'DELETE FROM site_spain.version', 'DELETE FROM local.head'])
        await expect(applier.query(sql)).rejects.toThrow(/denied/);
    } finally {
      applier.destroy();
    }
  });

  it("a hub cannot use the receiver's transaction numbers", async () => {
    const hub = await germany.asRoot();
    await hub.query(`SET GTID_NEXT = '${serverUuid('spain')}:900'`);
    await hub.query(insert('site_germany', 3, 'under the flag of spain'));
    await hub.query("SET GTID_NEXT = 'AUTOMATIC'");
    await until(async () => (await stateOf(spain, 'germany'))?.state === 'stopped', 20_000, 'a stopped channel');
    expect(await knownAt(spain, `${serverUuid('spain')}:900`)).toBe(false);
  });
});
