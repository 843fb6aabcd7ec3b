import { stripVTControlCharacters, styleText } from 'node:util';

const GAP = '  ';
const graphemes = new Intl.Segmenter();
/** Characters that take two columns: Chinese, Japanese and Korean, full-width forms, emoji. */
const WIDE =
  /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{RGI_Emoji}/v;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]*$/u;

/** The columns that this text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(stripVTControlCharacters(text)))
    width += INVISIBLE.test(segment) ? 0 : WIDE.test(segment) ? 2 : 1;
  return width;
}

/**
 * A table without lines, with a bold head on a terminal. Columns fit their text, so that nothing is cut; a cell may have
 * several lines.
 */
export function table(head: string[], rows: (string | number)[][], bold = process.stdout.isTTY): string {
  const title = head.map((text) => (bold && text !== '' ? styleText('bold', text, { validateStream: false }) : text));
  const lines = [title, ...rows].flatMap((row) => {
    const cells = row.map((cell) => String(cell).split('\n'));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, i) => cells.map((cell) => cell[i] ?? ''));
  });
  const widths = head.map((_, i) => Math.max(...lines.map((line) => widthOf(line[i] ?? ''))));
  const padded = (cell: string, i: number) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)));
  return lines.map((line) => line.map(padded).join(GAP).trimEnd()).join('\n');
}
