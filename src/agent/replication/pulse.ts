import { createHash } from 'node:crypto';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Logger } from 'pino';
import { acceptedPasswords, type SiteSecrets } from '../../base/site-dir.ts';

/** A connection without a sign of its agent for this long (seconds) is closed by the database, which frees its locks. */
const PULSE_SECONDS = 8;

/** The pulse of an agent, which its neighbours feel through their links; see {@link watchPulses}. */
export interface Pulse {
  /** To be called at least every few seconds while the agent works. Never rejects. */
  beat(): Promise<void>;
  close(): void;
}

/**
 * Holds a lock in the own database for each neighbour, on a connection that the database closes unless `beat` is called.
 * A neighbour that waits for its lock learns at once that the agent hangs or has ended, and until then no byte is sent.
 */
export function createPulse(deps: {
  site: string;
  secrets: () => SiteSecrets;
  log: Logger;
  connect: () => Promise<Connection>;
}): Pulse {
  const { site, secrets, log, connect } = deps;
  let connection: Connection | undefined;
  const held = new Set<string>();

  function end(): void {
    connection?.destroy();
    connection = undefined;
    held.clear();
  }

  async function start(): Promise<Connection> {
    const started = await connect();
    // Without a listener an error of an idle connection would end the process.
    started.on('error', end);
    connection = started;
    await started.query('SET SESSION wait_timeout = ?', [PULSE_SECONDS]);
    return started;
  }

  return {
    async beat() {
      try {
        const at = connection ?? (await start());
        await at.query('DO 0');
        const wanted = new Set(
          acceptedPasswords(secrets()).map(([peer, { mysqlPassword }]) => pulseLock(site, peer, mysqlPassword)),
        );
        for (const name of [...held].filter((one) => !wanted.has(one))) {
          await at.query('DO RELEASE_LOCK(?)', [name]);
          held.delete(name);
        }
        for (const name of [...wanted].filter((one) => !held.has(one))) {
          const [[row]] = await at.query<RowDataPacket[]>('SELECT GET_LOCK(?, 0) AS got', [name]);
          if (Number(row!.got) === 1) held.add(name);
        }
      } catch (error) {
        log.debug({ err: error }, 'the connection that shows neighbours that this agent works is begun anew');
        end();
      }
    },
    close: end,
  };
}

/** Its name contains what only the two sites know: no other neighbour can hold it. Pure. */
export function pulseLock(site: string, peer: string, password: string): string {
  return `pulse ${createHash('sha256').update(`pulse\0${site}\0${peer}\0${password}`).digest('hex').slice(0, 40)}`;
}
