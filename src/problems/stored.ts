import { fromText } from './previous-release.ts';
import { type ReportedProblem, sentenceOf } from './problem.ts';
import { bounded, readReported } from './reported.ts';

/**
 * A problem as stored in a column that other sites may read: its sentence, for agents of the release before problems
 * had codes, then a line of JSON. Both together fit the column.
 */
const LONGEST_BYTES = 1000;
const SENTENCE_BYTES = 300;
const PARAM = 150;

export function writeProblem(problem: ReportedProblem): string {
  const { code, params } = bounded(problem);
  const short = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' ? cut(value, PARAM) : value,
  ]);
  const json = JSON.stringify({ code, params: Object.fromEntries(short) as ReportedProblem['params'] });
  const whole = Buffer.byteLength(json) <= LONGEST_BYTES - SENTENCE_BYTES ? json : JSON.stringify({ code, params: {} });
  return `${cut(sentenceOf(problem, 'this site').replaceAll('\n', ' '), SENTENCE_BYTES)}\n${whole}`;
}

/** The inverse. Never throws, whatever another site has written. */
export function readProblem(text: string): ReportedProblem {
  const end = text.lastIndexOf('\n{');
  if (end < 0) return fromText(text);
  try {
    return readReported(JSON.parse(text.slice(end + 1)));
  } catch {
    return fromText(text.slice(0, end));
  }
}

/** An SQL LIKE pattern for columns that contain a problem with this code. */
export const likeCode = (code: string) => `%\n{"code":"${code}",%`;

/** At most this many bytes, without cutting a character in half. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}
