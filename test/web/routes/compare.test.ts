import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { compareTexts } from '../../../src/web/routes/compare.ts';

const MB = 1024 * 1024;
const numbered = (count: number, digits: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => digits(i).toString(36)).join('\n');

test('differences are reported line by line', async () => {
  expect(await compareTexts('one\ntwo\nthree\n', 'one\n2\nthree\n')).toEqual([
    {
      fromLine: 1,
      toLine: 1,
      lines: [
        { is: 'same', text: 'one' },
        { is: 'removed', text: 'two' },
        { is: 'added', text: '2' },
        { is: 'same', text: 'three' },
      ],
    },
  ]);
  expect(await compareTexts('same', 'same')).toEqual([]);
});

const hostile: [string, string, string][] = [
  ['short lines, all different', numbered(200_000, (i) => 2 * i), numbered(200_000, (i) => 2 * i + 1)],
  ['lines of one letter, in another order', numbered(MB / 2, (i) => i % 7), numbered(MB / 2, (i) => (i * i) % 5)],
  ['nothing but ends of lines', '\n'.repeat(MB), 'x\n'.repeat(MB / 2)],
];

test.each(hostile)(
  'a hostile pair is given up in time, and nobody waits meanwhile: %s',
  async (_, before, after) => {
    const loop = monitorEventLoopDelay({ resolution: 5 });
    loop.enable();
    expect(await compareTexts(before, after)).toBeUndefined();
    loop.disable();
    expect(loop.max / 1e6).toBeLessThan(250);
  },
  10_000,
);

test('lines as long as the file are compared too', async () => {
  const hunks = await compareTexts('a'.repeat(MB), 'b'.repeat(MB));
  expect(hunks?.[0]?.lines.map(({ is, text }) => [is, text.length])).toEqual([
    ['removed', MB],
    ['added', MB],
  ]);
});

test('more lines than a user could read are not shown', async () => {
  const lines = (letter: string) => `${letter}\n`.repeat(6000);
  expect(await compareTexts(lines('a'), lines('b'))).toBeUndefined();
});

test('many at once are processed one after another, and all get their answer', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, (_, i) => compareTexts(`${i}`, 'x')));
  expect(all.map((hunks) => hunks?.[0]?.lines[0]?.text)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
});
