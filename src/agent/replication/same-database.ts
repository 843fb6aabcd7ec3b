import type { Pool } from 'mysql2/promise';
import { repeat } from '../../base/repeat.ts';
import type { Engine } from '../../database/engine.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

const POLL_MS = 1000;

/**
 * Makes sure that the database is not replaced by an older one, or a new one, while the agent runs: what it wrote there
 * would have numbers that the network has already seen. Each new connection first asks for the last number that the server
 * has used; if that is lower than one that was seen before, the connection is closed before anything else is sent over it,
 * and `older` is called, once. Runs until `signal` is aborted.
 */
export function watchDatabase(
  db: Pool,
  { engine, plan, signal }: { engine: Engine; plan: SitePlan; signal: AbortSignal },
  older: () => void,
): Promise<void> {
  let highest = 0n;
  let isOlder = false;

  db.pool.on('connection', (connection) => {
    const before = highest;
    const asked = connection.query(engine.logged);
    // As an event, which comes before the next statement is sent; a callback would come after it.
    asked.on('result', (row) => {
      if (engine.numberIn(String('logged' in row ? row.logged : ''), plan) >= before) return;
      connection.destroy();
      if (!isOlder) older();
      isOlder = true;
    });
    // Whoever uses the connection is told.
    asked.on('error', () => undefined);
  });

  async function round(): Promise<void> {
    const number = await engine.lastNumber(db, plan);
    if (number > highest) highest = number;
  }
  // That the database does not respond is said by those who need it.
  return repeat(round, { signal, pause: POLL_MS, failed: () => undefined });
}
