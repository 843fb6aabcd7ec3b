import type { Pool } from 'mysql2/promise';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSite } from '../../../src/agent/create-site.ts';
import { folderFacts } from '../../../src/agent/queries/folder-facts.ts';
import { readSiteFiles } from '../../../src/agent/site/site-files.ts';
import { loadCounters } from '../../../src/agent/store/counters.ts';
import { loadHeads, saveHeads } from '../../../src/agent/store/head.ts';
import { dropHeld, saveHeld } from '../../../src/agent/store/held.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { addPending, dropPending } from '../../../src/agent/store/pending.ts';
import { detectFor } from '../../../src/agent/watch-folders.ts';
import { openDatabase } from '../../../src/database/connect.ts';
import { transaction } from '../../../src/database/transaction.ts';
import { createScene } from '../apply/crash/scene.ts';

let scene: Awaited<ReturnType<typeof createScene>>;
let db: Pool;
const end = new AbortController();
beforeAll(async () => {
  scene = await createScene();
  await scene.reset();
  db = openDatabase(readSiteFiles(scene.dir).plan, readSiteFiles(scene.dir).secrets);
}, 60_000);
afterAll(async () => {
  end.abort();
  await db?.end();
  await scene?.stop();
}, 30_000);

const ref = refOf('projects', 'path');
const was = {
  origin: 'there',
  seq: 1,
  kind: 'file',
  size: 3,
  mtimeNs: 0n,
  mode: 0o644,
  sha256: Buffer.alloc(32),
} as const;
const now = { kind: 'deleted', size: 0, mtimeNs: 0n } as const;

it('whenever a held change is rejected while the status is gathered, it is either held or still missing', async () => {
  const { plan, secrets } = readSiteFiles(scene.dir);
  let [asked, at] = [0, 0];
  // The database itself, with an event injected before a query.
  const watched = new Proxy(db, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target);
      return async (...args: Parameters<Pool['query']>) => {
        if (++asked === at) await reject();
        return target.query(...args);
      };
    },
  });
  const log = pino({ level: 'silent' });
  const counters = await loadCounters(db, plan.site);
  const site = createSite({
    plan,
    secrets,
    dir: scene.dir,
    db: watched,
    log,
    signal: end.signal,
    counters,
  });
  const detector = detectFor(site);
  const [head] = [{ ...was, ref, clock: 1, rivals: 0 }];
  await saveHeads(db, [head]);
  expect((await loadHeads(db, [ref])).size).toBe(1);

  async function reject(): Promise<void> {
    site.store.brake.changed('projects');
    await transaction(db, async (tx) => {
      await dropHeld(tx, [ref]);
      await addPending(tx, [head], 0);
    });
    site.store.brake.changed('projects');
  }

  await site.store.brake.load();
  let questions = 1;
  for (at = 1; at <= questions; at++) {
    await dropPending(db, [ref]);
    await saveHeld(db, [{ ref, was, now, since: 0, needsApproval: true }]);
    site.store.brake.changed('projects');
    asked = 0;
    const { held, missing } = (await folderFacts(site, detector)).get('projects')!;
    questions = asked;
    expect({ at, waits: held + missing }).not.toEqual({ at, waits: 0 });
  }
  expect(questions).toBeGreaterThan(3);
});
