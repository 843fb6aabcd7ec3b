import { readFileSync } from 'node:fs';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { replicationUser } from '../../src/base/login-name.ts';
import { ENGINE, engine, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { insert, open, pathsAt, startOffices } from './offices.ts';

/** Brazil's server is controlled by an attacker. */
let offices: Awaited<ReturnType<typeof startOffices>>;
let germany: TestDatabase;
let brazil: TestDatabase;
let spain: TestDatabase;
let liar: Connection;

beforeAll(async () => {
  offices = await startOffices();
  ({ germany, brazil, spain } = offices);
  liar = await brazil.asRoot();
});
afterAll(() => offices?.stop());

describe('rows travel along the links', () => {
  it('from a child through its hub to another child', async () => {
    await brazil.pool.query(insert('site_brazil', 1, 'honest'));
    await until(async () => (await pathsAt(spain, 'site_brazil')).length === 1, 10_000, 'the row at spain');
    await spain.pool.query(insert('site_spain', 1, 'back'));
    await until(async () => (await pathsAt(brazil, 'site_spain')).length === 1, 10_000, 'the row at brazil');
  });

  it('but never those of the derived tables', async () => {
    await brazil.pool.query("INSERT INTO local.folder (name, since) VALUES ('mine', 1)");
    await brazil.pool.query(insert('site_brazil', 2, 'after'));
    await until(async () => (await pathsAt(spain, 'site_brazil')).length === 2, 10_000, 'the row at spain');
    expect((await germany.pool.query<RowDataPacket[]>('SELECT * FROM local.folder'))[0]).toEqual([]);
    const [events] = await liar.query<RowDataPacket[]>("SHOW BINLOG EVENTS IN 'binlog.000001'");
    expect(JSON.stringify(events)).not.toContain('local.folder');
  });
});

// How MySQL treats forged rows differs: mysql-fence.test.ts.
describe.runIf(ENGINE === 'mariadb')('a child speaks only for itself (MariaDB only)', () => {
  it('whatever it writes for others, as row or statement, changes nothing at the hub', async () => {
    const forgeries = [
      insert('site_spain', 77, 'forged'),
      "UPDATE site_spain.version SET path = 'defaced'",
      'DELETE FROM site_spain.version',
      "INSERT INTO local.folder (name, since) VALUES ('forged', 1)",
      'CREATE TABLE site_spain.extra (a INT)',
      'CREATE DATABASE elsewhere',
      "CREATE USER intruder@'127.0.0.1' IDENTIFIED BY 'x'",
      "GRANT ALL ON *.* TO intruder@'127.0.0.1'",
      "SET PASSWORD FOR agent@'127.0.0.1' = PASSWORD('stolen')",
      'DROP TABLE site_spain.conflict',
    ];
    for (const format of ['ROW', 'STATEMENT']) {
      await liar.query(`SET SESSION binlog_format = ${format}`);
      for (const sql of forgeries) await liar.query(sql).catch(() => undefined);
    }
    await liar.query('SET SESSION binlog_format = ROW');
    await liar.query(insert('site_brazil', 3, 'its own'));
    await until(
      async () => (await pathsAt(germany, 'site_brazil')).includes('its own'),
      10_000,
      'its own row at the hub',
    );
    expect(await pathsAt(germany, 'site_spain')).toEqual(['back']);
    const hub = await germany.asRoot();
    const [users] = await hub.query<RowDataPacket[]>("SELECT User FROM mysql.global_priv WHERE User = 'intruder'");
    expect(users).toEqual([]);
    const [schemas] = await hub.query<RowDataPacket[]>("SHOW DATABASES LIKE 'elsewhere'");
    expect(schemas).toEqual([]);
    expect((await hub.query<RowDataPacket[]>('SHOW TABLES FROM site_spain'))[0]).toHaveLength(6);
  });

  it("a forged domain neither arrives nor makes the other child's next rows count as received", async () => {
    await liar.query(
      `SET SESSION gtid_domain_id = ${spain.plan.id}, SESSION server_id = ${spain.plan.id}, SESSION gtid_seq_no = 1000000`,
    );
    await liar.query(insert('site_brazil', 4, 'under a false flag'));
    await liar.query(
      `SET SESSION gtid_domain_id = ${germany.plan.id}, SESSION server_id = ${germany.plan.id}, SESSION gtid_seq_no = 1000000`,
    );
    await liar.query(insert('site_brazil', 5, 'under the flag of the hub'));
    await liar.query(`SET SESSION gtid_domain_id = ${brazil.plan.id}, SESSION server_id = ${brazil.plan.id}`);
    await liar.query(insert('site_brazil', 6, 'honest again'));
    await until(async () => (await pathsAt(germany, 'site_brazil')).includes('honest again'), 10_000, 'the honest row');
    expect(await pathsAt(germany, 'site_brazil')).not.toContain('under a false flag');
    await spain.pool.query(insert('site_spain', 2, 'still heard'));
    const hub = await germany.pool.getConnection();
    expect(await engine.undoForgedPositions(hub)).toEqual(['brazil']);
    expect(await engine.undoForgedPositions(hub)).toEqual([]);
    hub.release();
    await germany.pool.query(insert('site_germany', 1, 'of the hub'));
    await until(
      async () => (await pathsAt(germany, 'site_spain')).includes('still heard'),
      10_000,
      "spain's row at the hub",
    );
    await until(
      async () => (await pathsAt(brazil, 'site_spain')).includes('still heard'),
      10_000,
      "spain's row at brazil",
    );
    await until(
      async () => (await pathsAt(spain, 'site_germany')).includes('of the hub'),
      10_000,
      "the hub's row at spain",
    );
  });
});

describe('a hub cannot write rows of a child to that child', () => {
  it("rows for the child's own schema are dropped", async () => {
    const hub = await germany.asRoot();
    await hub.query(insert('site_spain', 99, 'forged by the hub'));
    await hub.query(insert('site_germany', 2, 'second of the hub'));
    await until(
      async () => (await pathsAt(spain, 'site_germany')).includes('second of the hub'),
      10_000,
      "the hub's row",
    );
    expect(await pathsAt(spain, 'site_spain')).not.toContain('forged by the hub');
  });
});

describe('who may log in', () => {
  const repl = (peer: string) => replicationUser(peer, germany.secrets.inbound[peer]!.mysqlPassword);

  it('nobody without a password, and nobody as root over TCP', async () => {
    for (const user of ['root', 'agent', repl('brazil'), repl('spain'), '', 'mysql']) {
      await expect(
        createConnection({ host: '127.0.0.1', port: germany.plan.ports.mysql, user }),
        user,
      ).rejects.toThrow();
    }
  });

  it('a neighbour can read the binary log, and change nothing', async () => {
    const { mysqlPassword: password } = germany.secrets.inbound.brazil!;
    const peer = await createConnection({
      host: '127.0.0.1',
      port: germany.plan.ports.mysql,
      user: repl('brazil'),
      password,
    });
    await expect(peer.query(insert('site_brazil', 50, 'x'))).rejects.toThrow(/denied/);
    await expect(peer.query('SELECT * FROM local.head')).rejects.toThrow(/denied/);
    await expect(peer.query('SELECT * FROM mysql.user')).rejects.toThrow(/denied/);
    peer.destroy();
  });

  it('the agent can write only its own schemas', async () => {
    for (const sql of [
      insert('site_spain', 50, 'x'),
      'DELETE FROM site_spain.version',
      'DROP DATABASE site_spain',
      'CREATE DATABASE x',
      'SELECT * FROM mysql.user',
      "SELECT LOAD_FILE('/etc/passwd') INTO OUTFILE '/tmp/x'",
    ]) {
      await expect(brazil.pool.query(sql), sql).rejects.toThrow();
    }
  });
});

/** MB of memory. */
const MOST = { mariadb: 100, mysql: 300 }[ENGINE];

it(`a server takes less than ${MOST} MB, and heals after kill -9 with nothing lost`, async () => {
  for (const one of [germany, brazil, spain]) {
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one.pid()}/status`, 'utf8'))![1]) / 1024;
    expect(rss).toBeLessThan(MOST);
  }
  await Promise.all([germany.kill(), spain.kill()]);
  await spain.start();
  await spain.pool.query(insert('site_spain', 10, 'while the hub was away'));
  await germany.start();
  await Promise.all([open(germany, spain), open(spain, germany)]);
  await until(
    async () => (await pathsAt(germany, 'site_spain')).includes('while the hub was away'),
    15_000,
    'the row at the hub',
  );
});
