import * as fc from 'fast-check';
import type { Pool } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beyondAgeAndSize, expiring } from '../../../src/agent/archive/retention.ts';
import { archivedVersions, saveArchived } from '../../../src/agent/store/archived.ts';
import { loadCounters, saveProgress } from '../../../src/agent/store/counters.ts';
import { currentCustody } from '../../../src/agent/store/custody.ts';
import { loadFamilies } from '../../../src/agent/store/family.ts';
import { type Head, loadHeads, saveHeads } from '../../../src/agent/store/head.ts';
import {
  countHeld,
  dropHeld,
  type Held,
  heldBatches,
  holdBack,
  loadHeld,
  saveHeld,
} from '../../../src/agent/store/held.ts';
import { dropIndex, type IndexEntry, loadIndex, saveIndex } from '../../../src/agent/store/index-entry.ts';
import { indexBelow } from '../../../src/agent/store/index-tree.ts';
import { dropIntents, keepIntents, loadIntents, saveIntents } from '../../../src/agent/store/intent.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import * as pending from '../../../src/agent/store/pending.ts';
import { VERSION_COLUMNS, versionRow } from '../../../src/agent/store/rows.ts';
import type { Kind, Version } from '../../../src/agent/versions/version.ts';
import { transaction } from '../../../src/database/transaction.ts';
import { problem } from '../../../src/problems/problem.ts';
import { minimalPlan, startDatabase, type TestDatabase } from '../../support/database.ts';
import { MemoryDatabase } from './memory-database.ts';

const SITES = ['a', 'b'];
const FOLDER = 'projects';
const PATHS = ['x', 'd', 'd/x', 'd/\xff\x27', 'd0', 'd/e/x'];
const LIMITS = { keep: 2, maxAgeSeconds: 1, maxBytes: 4000 };
const TABLES = ['progress', 'head', '`index`', 'pending', 'held', 'intent', 'archived'];
const OPEN = problem('busyHere', { path: 'd/x' });
const CHANGED = problem('changedHere');
const origins = {
  plan: { sites: SITES.map((name) => ({ name, id: 1, role: 'hub' as const })) },
  store: { former: new Set<string>() },
};

let real: TestDatabase;
let memory: Pool;
beforeAll(async () => {
  real = await startDatabase(await minimalPlan('a', SITES));
  memory = new MemoryDatabase('a', SITES).connect({ pass: async () => undefined, check: () => undefined });
});
afterAll(() => real?.stop());

const refs = PATHS.map((path) => refOf(FOLDER, path));
const ref = fc.constantFrom(...refs);
const id = fc.record({ origin: fc.constantFrom(...SITES), seq: fc.integer({ min: 1, max: 30 }) });
const HASHES = [1, 2, 3].map((byte) => Buffer.alloc(32, byte));
const sha256 = fc.constantFrom(...HASHES);
const kind = fc.constantFrom<Kind>('file', 'dir', 'symlink', 'deleted');
const size = fc.nat(3000);
const content = fc.record({ size, mtimeNs: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), mode: fc.nat(0o777), sha256 });
const head = fc
  .tuple(ref, id, kind, content)
  .map(
    ([at, version, what, rest]): Head => ({ ref: at, ...version, kind: what, ...rest, clock: version.seq, rivals: 0 }),
  );
const entry = head.map(
  ({ clock, rivals, kind: what, ...rest }): IndexEntry => ({
    ...rest,
    kind: what === 'deleted' ? 'file' : what,
    ctimeNs: rest.mtimeNs,
    ino: BigInt(clock + rivals) << 40n,
  }),
);
const held = fc.tuple(entry, fc.boolean(), fc.nat(100)).map(
  ([was, needsApproval, since]): Held => ({
    ref: was.ref,
    was,
    now: { kind: 'deleted', size: 0, mtimeNs: 0n },
    since,
    needsApproval,
  }),
);
const time = fc.nat(5000);

type Step = (db: Pool) => Promise<unknown>;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.array(head).map(
    (heads): Step =>
      (db) =>
        saveHeads(db, heads),
  ),
  fc.array(entry).map(
    (entries): Step =>
      (db) =>
        saveIndex(db, entries),
  ),
  fc.array(ref).map(
    (some): Step =>
      (db) =>
        dropIndex(db, some),
  ),
  fc.tuple(fc.array(head), time).map(
    ([heads, now]): Step =>
      (db) =>
        pending.addPending(db, heads, now),
  ),
  fc.array(ref).map(
    (some): Step =>
      (db) =>
        pending.dropPending(db, some),
  ),
  fc.tuple(id, time).map(
    ([one, at]): Step =>
      (db) =>
        pending.postpone(db, one, OPEN, at),
  ),
  fc.tuple(fc.array(id), time).map(
    ([ids, at]): Step =>
      (db) =>
        pending.waitFor(db, ids, at, CHANGED),
  ),
  fc.tuple(fc.array(id), time).map(
    ([ids, at]): Step =>
      (db) =>
        pending.backOff(
          db,
          ids.map((one) => ({ head: one, problem: one.seq % 2 ? OPEN : CHANGED })),
          { now: () => at, random: () => 0.5 },
          500,
        ),
  ),
  fc.constant<Step>((db) => pending.tryAgain(db, FOLDER, ['busyHere'])),
  fc.array(held).map(
    (all): Step =>
      (db) =>
        saveHeld(db, all),
  ),
  fc.array(ref).map(
    (some): Step =>
      (db) =>
        dropHeld(db, some),
  ),
  fc.array(ref).map(
    (some): Step =>
      (db) =>
        holdBack(db, some),
  ),
  fc.tuple(head, fc.option(entry), fc.nat(5)).map(
    ([what, was, n]): Step =>
      (db) =>
        saveIntents(db, [
          { staged: `new-${n}`, head: what, ino: 7n, ...(was && { was: { ...was, sha256: was.sha256! } }) },
        ]).catch((error: { sqlState?: string }) => error.sqlState),
  ),
  fc.nat(5).map(
    (n): Step =>
      (db) =>
        keepIntents(db, [`new-${n}`]),
  ),
  fc.nat(5).map(
    (n): Step =>
      (db) =>
        dropIntents(db, [`new-${n}`]),
  ),
  fc.tuple(fc.array(entry), time).map(
    ([all, now]): Step =>
      (db) =>
        saveArchived(
          db,
          all.map((one) => ({ ...one, sha256: one.sha256! })),
          now,
        ),
  ),
  fc.tuple(id, time).map(
    ([one, clock]): Step =>
      (db) =>
        saveProgress(db, one.origin, one.seq, clock),
  ),
  // What is rolled back leaves nothing.
  fc.array(head).map(
    (heads): Step =>
      (db) =>
        transaction(db, async (tx) => {
          await saveHeads(tx, heads);
          await pending.addPending(tx, heads, 1);
          throw new Error('rolled back');
        }).catch((error: Error) => error.message),
  ),
);

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

/** Every question, its answers in an order of their own. */
async function answers(db: Pool): Promise<unknown> {
  const sorted = (rows: Iterable<unknown>) =>
    [...rows]
      .map((row) => JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)))
      .sort();
  return {
    heads: sorted((await loadHeads(db, refs)).values()),
    index: sorted((await loadIndex(db, refs)).values()),
    below: (await all(indexBelow(db, FOLDER, ''))).map((one) => one.ref.path),
    held: sorted((await loadHeld(db, refs)).values()),
    deepest: (await all(heldBatches(db, FOLDER, true, ['d']))).map(sorted),
    counts: sorted(await countHeld(db)),
    intents: [sorted(await loadIntents(db, FOLDER, false)), sorted(await loadIntents(db, FOLDER, true))],
    due: sorted(await pending.duePending(db, [FOLDER], 2500, 100)),
    wanted: sorted(await pending.wantedContents(db, FOLDER, HASHES)),
    anyPending: await pending.isAnyPending(db, [{ origin: 'a', seq: 1 }]),
    backlog: await pending.backlog(db),
    archived: await Promise.all(refs.map(async (one) => sorted(await archivedVersions(db, one)))),
    expiring: sorted((await all(expiring(db, FOLDER, LIMITS, 4000))).flat()),
    old: sorted((await all(beyondAgeAndSize(db, FOLDER, LIMITS, 4000))).flat()),
    counters: sorted(
      Object.values(await loadCounters(db, 'a')).map((one) => (one instanceof Map ? sorted([...one]) : one)),
    ),
    custody: sorted(await currentCustody({ db, counters: { progress: new Map([['a', 30]]) } })),
    families: sorted((await loadFamilies(db, origins, refs)).values()),
  };
}

it('the database in memory answers as a real one does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      for (const db of [real.pool, memory]) for (const table of TABLES) await db.query(`DELETE FROM local.${table}`);
      for (const one of steps) {
        const said = await one(real.pool);
        expect(await one(memory)).toEqual(said);
      }
      expect(await answers(memory)).toEqual(await answers(real.pool));
    }),
    { numRuns: 10, seed: 1 },
  );
}, 120_000);

it('keeps a version as a real one does', async () => {
  const version: Version = {
    origin: 'a',
    seq: 1,
    folder: FOLDER,
    path: 'd/\xff\x27',
    kind: 'symlink',
    size: 0,
    mtimeNs: -(2n ** 63n),
    mode: 0o777,
    sha256: Buffer.alloc(32, 9),
    target: '\xffnowhere',
    base: { origin: 'b', seq: 7 },
    merges: [{ origin: 'b', seq: 3 }],
    clock: 12,
    author: 'ann',
    detectedAt: 1_790_000_000_000,
  };
  const at = refOf(version.folder, version.path);
  for (const db of [real.pool, memory]) {
    await db.query(`INSERT INTO site_a.version (${VERSION_COLUMNS}) VALUES ?`, [[versionRow(version, at.pathKey)]]);
    expect((await loadFamilies(db, origins, [at])).get(at.id)).toEqual([version]);
    await expect(
      db.query(`INSERT INTO site_a.version (${VERSION_COLUMNS}) VALUES ?`, [[versionRow(version, at.pathKey)]]),
    ).rejects.toMatchObject({ code: 'ER_DUP_ENTRY', sqlState: '23000' });
  }
});
