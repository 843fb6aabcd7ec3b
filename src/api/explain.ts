import type { z } from 'zod';

export interface Explanation {
  reason: string;
  remedy: string;
}

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A zod issue as a message for users. Messages of our own schemas have the form "reason: remedy". */
export function explainIssue(issue: z.core.$ZodIssue): Explanation {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue);
    case 'invalid_value':
      return { reason: `must be one of ${issue.values.join(', ')}`, remedy: 'Use one of these' };
    case 'too_big':
      return (
        ownWords(issue.message) ?? {
          reason: `is ${sizeWord(issue, 'long')}`,
          remedy: limit('at most', issue.maximum, issue),
        }
      );
    case 'too_small':
      return (
        ownWords(issue.message) ?? {
          reason: `is ${sizeWord(issue, 'short')}`,
          remedy: limit('at least', issue.minimum, issue),
        }
      );
    default:
      return ownWords(issue.message) ?? { reason: issue.message, remedy: 'Correct it' };
  }
}

function explainType({ expected, message }: z.core.$ZodIssueInvalidType): Explanation {
  const received = / received (\w+)$/.exec(message)?.[1];
  const wanted = TYPES[expected] ?? expected;
  if (received === 'undefined') return { reason: 'is missing', remedy: 'Add it' };
  if (received === 'null') return { reason: 'is empty', remedy: `Write ${wanted}, or remove the field` };
  const quotes = expected === 'string' && (received === 'number' || received === 'boolean');
  return { reason: `is not ${wanted}`, remedy: quotes ? 'Put it in quotes' : `Write ${wanted}` };
}

const sizeWord = ({ origin }: { origin: string }, long: 'long' | 'short') =>
  origin === 'string' || origin === 'array' ? `too ${long}` : long === 'long' ? 'too large' : 'too small';

function limit(word: string, count: number | bigint, { origin }: { origin: string }): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  return `Write ${word} ${count}${unit}`;
}

/** Undefined for zod's own messages. */
function ownWords(message: string): Explanation | undefined {
  const [reason, remedy] = message.split(': ');
  if (!reason || !remedy || reason.startsWith('Too ') || reason.startsWith('Invalid ')) return undefined;
  return { reason, remedy: `${remedy[0]!.toUpperCase()}${remedy.slice(1)}` };
}
