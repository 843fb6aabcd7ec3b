import { expect, test } from 'vitest';
import type { Behind } from '../../../src/agent/queries/behind.ts';
import { type BehindOfAll, keepBehind } from '../../../src/agent/queries/behind-of-all.ts';

/** A count that completes on demand. */
function counted(sites: number) {
  const counts: PromiseWithResolvers<BehindOfAll>[] = [];
  let now = 1_000_000;
  const count = () => {
    const one = Promise.withResolvers<BehindOfAll>();
    counts.push(one);
    return one.promise;
  };
  const ask = keepBehind(
    count,
    () => sites,
    () => now,
  );
  const behind = (filesBehind: number): Behind => ({
    lagSeconds: 0,
    filesBehind,
    bytesBehind: 0,
    rowsBehind: 0,
    more: false,
    folders: {},
  });
  return {
    ask: async () => (await ask()).get('a')?.filesBehind,
    begun: () => counts.length,
    end: (filesBehind: number) => counts.at(-1)!.resolve(new Map([['a', behind(filesBehind)]])),
    fail: () => counts.at(-1)!.reject(new Error('the database is away')),
    pass: (ms: number) => (now += ms),
  };
}

test('in a small network every query counts, and waits for it', async () => {
  const { ask, begun, end, pass } = counted(5);
  for (const files of [1, 2]) {
    const asked = ask();
    end(files);
    expect(await asked).toBe(files);
    pass(1);
  }
  expect(begun()).toBe(2);
});

test('in a large network only the first query waits, and there is a count every 8 ms per site', async () => {
  const { ask, begun, end, pass } = counted(1000);
  const first = ask();
  end(1);
  expect(await first).toBe(1);
  pass(7999);
  expect(await ask()).toBe(1);
  expect(begun()).toBe(1);
  pass(1);
  expect(await ask()).toBe(1);
  pass(3000);
  expect(await ask()).toBe(1);
  expect(begun()).toBe(2);
  end(2);
  await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await ask()).toBe(2);
  expect(begun()).toBe(2);
});

test('a result that is twice as old is not used', async () => {
  const { ask, begun, end, fail, pass } = counted(1000);
  const first = ask();
  end(1);
  await first;
  pass(8000);
  expect(await ask()).toBe(1);
  fail();
  await new Promise((resolve) => setImmediate(resolve));
  pass(8000);
  const late = ask();
  expect(begun()).toBe(3);
  fail();
  await expect(late).rejects.toThrow('the database is away');
});
