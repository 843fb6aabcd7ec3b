import { expect, test } from 'vitest';
import { createMemo, memo } from '../../src/base/memo.ts';

test('a fresh answer is requested once for all callers, and again once expired', async () => {
  let [now, asked] = [0, 0];
  const answer = memo(
    async () => ++asked,
    100,
    () => now,
  );
  expect(await Promise.all([answer(), answer()])).toEqual([1, 1]);
  now = 99;
  expect(await answer()).toBe(1);
  now = 100;
  expect(await answer()).toBe(2);
});

test('setting the clock back does not make an answer fresh', async () => {
  let [now, asked] = [1000, 0];
  const answer = memo(
    async () => ++asked,
    100,
    () => now,
  );
  await answer();
  now = 950;
  expect(await answer()).toBe(2);
});

test('a late caller does not get the answer to an old request, however long that takes', async () => {
  let now = 0;
  const questions: PromiseWithResolvers<number>[] = [];
  const answer = memo(
    () => {
      const question = Promise.withResolvers<number>();
      questions.push(question);
      return question.promise;
    },
    100,
    () => now,
  );
  const first = answer();
  now = 100;
  const second = answer();
  questions[0]!.reject(new Error('too slow'));
  await expect(first).rejects.toThrow('too slow');
  questions[1]!.resolve(2);
  // The failure of the first request does not affect the second.
  expect(await Promise.all([second, answer()])).toEqual([2, 2]);
});

test('keys are independent; failures and uncacheable answers are requested again', async () => {
  const answers = createMemo<string>(
    100,
    () => 0,
    (answer) => answer !== 'missing',
  );
  const asked: string[] = [];
  const ask = (key: string, answer: string | Error) =>
    answers.get(key, async () => {
      asked.push(key);
      if (answer instanceof Error) throw answer;
      return answer;
    });
  expect([await ask('a', 'one'), await ask('b', 'two'), await ask('a', 'other')]).toEqual(['one', 'two', 'one']);
  await expect(ask('c', new Error('away'))).rejects.toThrow('away');
  expect([await ask('c', 'missing'), await ask('c', 'there'), await ask('c', 'other')]).toEqual([
    'missing',
    'there',
    'there',
  ]);
  expect(asked).toEqual(['a', 'b', 'c', 'c', 'c']);
});
