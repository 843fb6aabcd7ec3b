import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RUN_SLOTS, SLOT_PORT } from './net.ts';

/**
 * Gives this run of the tests a number that no other run on this machine has, for as long as it lives: runs at once take their ports by
 * it. Makes a directory for what is made once in a run. Returns how to give both back.
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
    const templates = mkdtempSync(join(tmpdir(), 'sitesync-templates-'));
    process.env.SITESYNC_TEST_TEMPLATES = templates;
    return () => {
      server.close();
      rmSync(templates, { recursive: true, force: true });
    };
  }
  throw new Error(`${RUN_SLOTS} runs of the tests are at work on this machine: wait for one of them`);
}
