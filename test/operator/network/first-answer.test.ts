import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { firstAnswer } from '../../../src/operator/network/first-answer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Who was asked, and what each says: a number is an answer, a text a refusal, undefined silence. */
function asking(says: Record<string, { after: number; said: number | string } | undefined>) {
  const asked: string[] = [];
  const ask = (one: string) => {
    asked.push(one);
    const { after, said } = says[one] ?? { after: 60_000, said: 'no answer' };
    return new Promise<number | string>((resolve) => setTimeout(() => resolve(said), after));
  };
  return { asked, ask, candidates: Object.keys(says) };
}

test('the next one is not asked when the first answers in time', async () => {
  const { asked, ask, candidates } = asking({ a: { after: 900, said: 1 }, b: { after: 0, said: 2 }, c: undefined });
  const first = firstAnswer(candidates, ask, 1000);
  await vi.advanceTimersByTimeAsync(900);
  expect(await first).toEqual({ answer: 1, unasked: ['b', 'c'] });
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toEqual(['a']);
});

test('a silent one costs its patience and no more; one that refuses costs nothing', async () => {
  const { asked, ask, candidates } = asking({
    a: undefined,
    b: { after: 10, said: 'refused' },
    c: { after: 10, said: 3 },
    d: undefined,
  });
  const first = firstAnswer(candidates, ask, 1000);
  await vi.advanceTimersByTimeAsync(1020);
  expect(await first).toEqual({ answer: 3, unasked: ['d'] });
  expect(asked).toEqual(['a', 'b', 'c']);
});

test('many silent ones do not hide one that answers', async () => {
  const silent = Object.fromEntries(Array.from({ length: 19 }, (_, i) => [`silent ${i}`, undefined]));
  const { ask, candidates } = asking({ ...silent, last: { after: 10, said: 1 } });
  const first = firstAnswer(candidates, ask, 1000);
  await vi.advanceTimersByTimeAsync(3000);
  expect(await first).toEqual({ answer: 1, unasked: [] });
});

test('a late answer counts when there is no other', async () => {
  const { ask, candidates } = asking({ a: { after: 3000, said: 1 }, b: { after: 10, said: 'refused' } });
  const first = firstAnswer(candidates, ask, 1000);
  await vi.advanceTimersByTimeAsync(3000);
  expect(await first).toEqual({ answer: 1, unasked: [] });
});

test('when nobody answers, each reason is returned', async () => {
  const { ask, candidates } = asking({ a: { after: 2000, said: 'no a' }, b: { after: 10, said: 'no b' } });
  const first = firstAnswer(candidates, ask, 1000);
  await vi.advanceTimersByTimeAsync(2000);
  expect(await first).toEqual({ failures: ['no b', 'no a'] });
  expect(await firstAnswer([], ask, 1000)).toEqual({ failures: [] });
});
