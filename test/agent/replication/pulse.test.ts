import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPulse, type Pulse, pulseLock } from '../../../src/agent/replication/pulse.ts';
import { watchPulses } from '../../../src/agent/replication/watch-pulses.ts';
import { connectToOwn } from '../../../src/database/connect.ts';
import { minimalPlan, startDatabase, type TestDatabase, testSecrets } from '../../support/database.ts';
import { until } from '../../support/until.ts';

const log = pino({ level: 'silent' });
const clock = () => performance.now();
let database: TestDatabase;
let abort: AbortController;
beforeAll(async () => {
  const plan = await minimalPlan('brazil', ['brazil', 'germany']);
  database = await startDatabase(plan, testSecrets(['germany']));
  abort = new AbortController();
});
afterAll(async () => {
  abort?.abort();
  await database?.stop();
});

const newPulse = () => {
  const { plan, secrets } = database;
  return createPulse({ site: 'brazil', secrets: () => secrets, log, connect: () => connectToOwn(plan, secrets) });
};

/** Beats until stopped, as an agent does that works. */
function beating(pulse: Pulse): () => void {
  const timer = setInterval(() => void pulse.beat(), 500);
  return () => clearInterval(timer);
}

function neighbour(hasPulse: boolean) {
  const { plan, secrets } = database;
  const { mysqlPassword: password } = secrets.inbound.germany!;
  return watchPulses({
    connected: () => ['brazil'],
    hasPulse: async () => hasPulse,
    connect: () => connectToOwn(plan, secrets),
    lockOf: () => pulseLock('brazil', 'germany', password),
    log,
    signal: abort.signal,
    clock,
  });
}

/** Connections that wait for a lock. */
async function waiting(root: Connection): Promise<number> {
  const [rows] = await root.query<RowDataPacket[]>('SHOW PROCESSLIST');
  return rows.filter(({ Info: info }) => /GET_LOCK/.test(String(info))).length;
}

it('an agent is silent once it no longer beats, and no longer when it does again', async () => {
  const stop = beating(newPulse());
  const pulses = neighbour(true);
  const old = neighbour(false);
  const root = await database.asRoot();
  await until(async () => (await waiting(root)) > 0, 20_000, 'the neighbour to wait');
  expect(pulses.isSilent('brazil')).toBe(false);
  stop();
  await until(() => pulses.isSilent('brazil'), 40_000, 'brazil to be silent');
  expect(old.isSilent('brazil')).toBe(false);
  const stopAgain = beating(newPulse());
  await until(() => !pulses.isSilent('brazil'), 20_000, 'brazil to be heard');
  stopAgain();
}, 120_000);

it('what waits for a neighbour that has gone does not stay', async () => {
  const { plan, secrets } = database;
  const root = await database.asRoot();
  await until(async () => (await waiting(root)) === 0, 60_000, 'nobody to wait');
  const holder = await connectToOwn(plan, secrets);
  await holder.query("DO GET_LOCK('x', 0)");
  const gone = await createConnection({
    host: '127.0.0.1',
    port: plan.ports.mysql,
    user: 'agent',
    password: secrets.agentPassword,
  });
  gone.on('error', () => undefined);
  gone.query("DO GET_LOCK('x', 600)").catch(() => undefined);
  await until(async () => (await waiting(root)) === 1, 20_000, 'somebody to wait');
  gone.destroy();
  await until(async () => (await waiting(root)) === 0, 20_000, 'nobody to wait');
  holder.destroy();
}, 120_000);
