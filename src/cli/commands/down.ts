import { setTimeout as sleep } from 'node:timers/promises';
import { sendRequest } from '../../local/control.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { isAlive, ownerOf } from '../../local/owner.ts';
import { print } from '../terminal/output.ts';

/** A database that has much to flush may need its grace period. */
const STOP_MS = 60_000;

/** Stops everything that runs in the data folder and waits until it has exited. */
export async function down({ data }: { data: DataDir }): Promise<void> {
  const owner = ownerOf(data);
  if (!owner) return print(`Nothing is running in ${data.root}.`);
  await sendRequest(owner.socket, { verb: 'down' }, STOP_MS).catch((error: Error) => {
    throw new Error(
      `process ${owner.pid}, which runs ${data.root}, does not respond (${error.message}); stop it with "kill ${owner.pid}"`,
      { cause: error },
    );
  });
  for (const end = Date.now() + STOP_MS; isAlive(owner); await sleep(20)) {
    if (Date.now() > end) throw new Error(`process ${owner.pid} does not exit`);
  }
  print('Everything is stopped; the data is kept.');
}
