import { z } from 'zod';

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

/** A zod issue as a message for users. */
export function explainIssue({ message }: Pick<z.core.$ZodIssue, 'message'>): Explanation {
  const [reason, remedy] = message.split(': ');
  if (!reason || !remedy) return { reason: message, remedy: 'Correct it' };
  return { reason, remedy: `${remedy[0]!.toUpperCase()}${remedy.slice(1)}` };
}

// Every message has the form "reason: remedy": those of our own schemas, and with this those of zod's checks.
z.config({
  customError(issue) {
    const explained = explainCheck(issue);
    return explained && `${explained.reason}: ${explained.remedy}`;
  },
});

/** Undefined: only the schema can tell. */
function explainCheck(issue: z.core.$ZodRawIssue): Explanation | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return explainType(issue.expected, issue.input);
    case 'invalid_value':
      return { reason: `must be one of ${issue.values.join(', ')}`, remedy: 'Use one of these' };
    case 'too_big':
      return { reason: `is ${sizeWord(issue.origin, 'long')}`, remedy: limit('at most', issue.maximum, issue.origin) };
    case 'too_small':
      return {
        reason: `is ${sizeWord(issue.origin, 'short')}`,
        remedy: limit('at least', issue.minimum, issue.origin),
      };
    case 'unrecognized_keys':
      return { reason: `has the unknown field ${issue.keys.join(', ')}`, remedy: 'Remove it' };
    default:
      return undefined;
  }
}

function explainType(expected: string, input: unknown): Explanation {
  const wanted = TYPES[expected] ?? expected;
  if (input === undefined) return { reason: 'is missing', remedy: 'Add it' };
  if (input === null) return { reason: 'is empty', remedy: `Write ${wanted}, or remove the field` };
  const quotes = expected === 'string' && (typeof input === 'number' || typeof input === 'boolean');
  return { reason: `is not ${wanted}`, remedy: quotes ? 'Put it in quotes' : `Write ${wanted}` };
}

const sizeWord = (origin: string, long: 'long' | 'short') =>
  origin === 'string' || origin === 'array' ? `too ${long}` : long === 'long' ? 'too large' : 'too small';

function limit(word: string, count: number | bigint, origin: string): string {
  const unit = origin === 'string' ? ' characters' : origin === 'array' ? ' entries' : '';
  return `Write ${word} ${count}${unit}`;
}
