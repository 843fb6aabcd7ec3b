import { type BytePath, textOf } from '../../base/bytes.ts';

/** Letters that have no decomposition into a plain letter and an accent. */
const PLAIN: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  þ: 'th',
};
const LETTERS = new RegExp(`[${Object.keys(PLAIN).join('')}]`, 'g');
const ACCENTS = /[\u0300-\u036f]/g;

/** Text without case and accents, as it is searched. Pure. */
export function foldText(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .replace(LETTERS, (letter) => PLAIN[letter]!);
}

const isAscii = (bytes: BytePath) => !/[^\0-\x7f]/.test(bytes);
const lowerAscii = (bytes: BytePath) => bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The same for bytes; where they are not text, only the case of a to z is ignored. Pure. */
export function foldName(name: BytePath): BytePath {
  if (isAscii(name)) return lowerAscii(name);
  const text = textOf(name);
  return text === undefined ? lowerAscii(name) : Buffer.from(foldText(text)).toString('latin1');
}
