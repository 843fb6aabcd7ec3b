import { expect, test } from 'vitest';
import { table, widthOf } from '../../src/cli/terminal/table.ts';

test('widths are terminal columns', () => {
  const widths = [
    ['plain', 5],
    ['Größe', 5],
    ['Gro\u0308ße', 5],
    ['東京', 4],
    ['가나', 4],
    ['ｆｕｌｌ', 8],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['a\u200bb', 2],
    ['\u001b[31mred\u001b[0m', 3],
    ['', 0],
  ] as const;
  expect(widths.map(([text]) => [text, widthOf(text)])).toEqual(widths);
});

test('columns line up whatever their content, and nothing is cut', () => {
  const rows = [
    ['東京.txt', 1, 'here'],
    ['a', 20, 'two\nlines'],
    ['\u001b[31mred\u001b[0m', 3, ''],
  ];
  expect(table(['NAME', 'N', 'STATE'], rows, false).split('\n')).toEqual([
    'NAME      N   STATE',
    '東京.txt  1   here',
    'a         20  two',
    '              lines',
    '\u001b[31mred\u001b[0m       3',
  ]);
  expect(table(['A', 'B'], [], false)).toBe('A  B');
});

test('the head is bold on a terminal, in the same place', () => {
  const [plain, bold] = [false, true].map((isTty) => table(['NAME', 'N'], [['longer', 1]], isTty));
  expect(bold).toContain('\u001b[1mNAME\u001b[22m');
  expect(bold!.replace(/\u001b\[\d+m/g, '')).toBe(plain);
});
