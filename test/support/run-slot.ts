import { createServer } from 'node:net';
import { RUN_SLOTS, SLOT_PORT } from './net.ts';

/**
 * Gives this run of the tests a number that no other run on this machine has, for as long as it lives: runs at once take their ports by
 * it. Returns how to give it back.
 */
export default async function takeSlot(): Promise<() => void> {
  for (let slot = 0; slot < RUN_SLOTS; slot++) {
    const server = createServer().unref();
    const isOurs = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(SLOT_PORT + slot, '127.0.0.1', () => resolve(true));
    });
    if (!isOurs) continue;
    process.env.SITESYNC_TEST_SLOT = String(slot);
    return () => void server.close();
  }
  throw new Error(`${RUN_SLOTS} runs of the tests are at work on this machine: wait for one of them`);
}
