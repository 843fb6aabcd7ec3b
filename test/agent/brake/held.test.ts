import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrake } from '../../../src/agent/brake/brake.ts';
import { movedOf } from '../../../src/agent/brake/moved.ts';
import {
  countHeld,
  dropHeld,
  type Held,
  heldBatches,
  holdBack,
  loadHeld,
  saveHeld,
} from '../../../src/agent/store/held.ts';
import { saveIndex } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { bytePath } from '../../../src/base/bytes.ts';
import { minimalPlan, startDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startDatabase(await minimalPlan('brazil', ['brazil']));
}, 60_000);
afterAll(() => database.stop(), 30_000);
beforeEach(async () => {
  await database.pool.query('DELETE FROM local.held');
  await database.pool.query('DELETE FROM local.`index`');
});

const content = (n: number) => Buffer.alloc(32, n);
const change = (path: string, over: Partial<Held> = {}): Held => ({
  ref: refOf('projects', path),
  was: {
    origin: 'brazil',
    seq: 7,
    kind: 'file',
    size: 10,
    mtimeNs: 123_456_789_012_345_678n,
    mode: 0o644,
    sha256: content(1),
  },
  now: { kind: 'deleted', size: 0, mtimeNs: 0n },
  since: 1000,
  needsApproval: true,
  ...over,
});

async function pathsOf(...query: [boolean, string[]?, ('deepest' | 'shallowest')?]): Promise<string[]> {
  const paths: string[] = [];
  for await (const part of heldBatches(database.pool, 'projects', ...query))
    paths.push(...part.map(({ ref }) => ref.path));
  return paths;
}

describe('held changes', () => {
  it('are loaded as they were saved, including names that are not text', async () => {
    const strange = change('a\xff/\u0001 "\\%_', { was: { ...change('').was, kind: 'symlink', origin: 'spain' } });
    const overwritten = change('b', { now: { kind: 'file', size: 5, mtimeNs: -1n }, needsApproval: false });
    await saveHeld(database.pool, [strange, overwritten]);
    const found = await loadHeld(database.pool, [strange.ref, overwritten.ref, refOf('projects', 'c')]);
    expect([...found.values()]).toEqual(expect.arrayContaining([strange, overwritten]));
    expect(found.size).toBe(2);
    await holdBack(database.pool, [overwritten.ref]);
    expect((await loadHeld(database.pool, [overwritten.ref])).get(overwritten.ref.id)).toMatchObject({
      needsApproval: true,
    });
    expect(await countHeld(database.pool)).toEqual(
      new Map([['projects', { changes: 2, deletions: 1, overwrites: 1, bytes: 20, since: 1000 }]]),
    );
    await dropHeld(database.pool, [strange.ref]);
    expect(await pathsOf(true)).toEqual(['b']);
  });

  it('are all read, deepest first or last, even while they are removed', async () => {
    const paths = Array.from({ length: 1700 }, (_, i) =>
      i % 3 === 0 ? `f${i}` : i % 3 === 1 ? `d/f${i}` : `d/e/f${i}`,
    );
    await saveHeld(
      database.pool,
      paths.map((path) => change(path)),
    );
    const depth = (path: string) => path.split('/').length;
    const deepest = await pathsOf(true);
    expect(deepest.toSorted()).toEqual(paths.toSorted());
    expect(deepest.map(depth)).toEqual(deepest.map(depth).toSorted((a, b) => b - a));
    const shallowest = await pathsOf(true, undefined, 'shallowest');
    expect(shallowest.map(depth)).toEqual(deepest.map(depth).toReversed());
    expect(await pathsOf(false)).toEqual([]);
    let seen = 0;
    for await (const part of heldBatches(database.pool, 'projects', true)) {
      seen += part.length;
      await dropHeld(
        database.pool,
        part.map(({ ref }) => ref),
      );
    }
    expect([seen, await pathsOf(true)]).toEqual([1700, []]);
  });

  it('of a path are those at and below it, but not of a sibling with the same prefix', async () => {
    const below = ['d', 'd/a', 'd/\xff', 'd/e/f'];
    const others = ['d!', 'd.txt', 'd0', 'da', 'c/d/a'];
    await saveHeld(
      database.pool,
      [...below, ...others].map((path) => change(path)),
    );
    expect((await pathsOf(true, ['d'])).toSorted()).toEqual(below.toSorted());
    expect((await pathsOf(true, ['d/e', 'da'])).toSorted()).toEqual(['d/e/f', 'da']);
    expect(await pathsOf(true, [bytePath('ü')])).toEqual([]);
  });
});

it('content that reappeared as often as it disappeared was moved', async () => {
  const gone = ['a', 'b', 'c', 'd', 'e'].map((path, i) =>
    change(path, { needsApproval: false, was: { ...change('').was, sha256: content([1, 2, 2, 3, 4][i]!) } }),
  );
  await saveHeld(database.pool, gone);
  const entry = (path: string, sha: number, seq: number, origin = 'brazil') => ({
    ref: refOf('projects', path),
    origin,
    seq,
    kind: 'file' as const,
    size: 10,
    mtimeNs: 1n,
    ctimeNs: 1n,
    ino: 1n,
    mode: 0o644,
    sha256: content(sha),
  });
  await saveIndex(database.pool, [
    entry('new/a', 1, 101),
    entry('new/b', 2, 102),
    // Existed before, and was received from elsewhere.
    entry('old/d', 3, 99),
    entry('new/e', 4, 500, 'spain'),
  ]);
  const moved = await movedOf(database.pool, 'brazil', gone, 100);
  expect(gone.filter(({ ref }) => moved.has(ref.id)).map(({ ref }) => ref.path)).toEqual(['a']);
  await saveIndex(database.pool, [entry('new/c', 2, 103)]);
  expect((await movedOf(database.pool, 'brazil', gone, 100)).size).toBe(3);
});

describe('the in-memory state', () => {
  const brake = (seq = { seq: 0 }, clock = { now: 0 }) =>
    createBrake({ db: database.pool, now: () => clock.now, counters: seq });

  it('finds what an earlier run left, and stops querying when nothing is left', async () => {
    await saveHeld(database.pool, [change('a'), change('b', { needsApproval: false })]);
    const one = brake();
    await one.load();
    expect([...one.undecided.keys()]).toEqual(['projects']);
    expect((await one.at([refOf('projects', 'a')])).size).toBe(1);
    expect((await one.counts()).get('projects')?.changes).toBe(1);
    await dropHeld(database.pool, [refOf('projects', 'a'), refOf('projects', 'b')]);
    one.changed('projects');
    expect((await one.counts()).size).toBe(0);
    await one.tidy();
    await saveHeld(database.pool, [change('a')]);
    expect((await one.at([refOf('projects', 'a')])).size).toBe(0);
    one.changed('projects');
    expect((await one.at([refOf('projects', 'a')])).size).toBe(1);
  });

  it('knows the state of the journal at a given time', () => {
    const [counters, clock] = [{ seq: 5 }, { now: 100_000 }];
    const one = brake(counters, clock);
    expect(one.seqBefore(0)).toBe(5);
    for (let i = 0; i < 2000; i++) {
      one.mark();
      clock.now += 500;
      counters.seq++;
    }
    expect(one.seqBefore(clock.now)).toBeGreaterThan(2000);
    expect(Math.abs(one.seqBefore(clock.now - 60_000) - (counters.seq - 120))).toBeLessThan(4);
    expect(one.seqBefore(0)).toBeLessThan(250);
  });

  it('treats up to ten paths within two seconds as normal work, however often they are written', () => {
    const clock = { now: 0 };
    const one = brake({ seq: 0 }, clock);
    for (let i = 0; i < 100; i++) expect(one.isBurst('projects', [`f${i % 10}`])).toBe(false);
    expect(one.isBurst('other', ['f'])).toBe(false);
    expect(one.isBurst('projects', ['another'])).toBe(true);
    clock.now = 3000;
    expect(one.isBurst('projects', ['another'])).toBe(false);
  });
});
