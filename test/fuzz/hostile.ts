import fc from 'fast-check';

/** How often each property is tried: enough for daily runs, more on demand. */
const RUNS = Number(process.env.SITESYNC_RUNS ?? 1) * 300;

/** Tries a property with many values; fast-check prints the seed when it fails. */
export function always<T>(values: fc.Arbitrary<T>, check: (value: T) => void): void {
  fc.assert(
    fc.property(values, (value) => {
      check(value);
    }),
    { numRuns: RUNS },
  );
}

/** Text that has confused programs before. */
export const hostileText = fc.constantFrom(
  '',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '%',
  '%zz%0',
  '\x1b[2J\x1b]0;title\x07',
  '\u202egnp.exe',
  '{"a":'.repeat(500),
  '['.repeat(5000),
  '9'.repeat(400),
  '-1',
  '1e999',
  'NaN',
  '0x10',
  ' 5 ',
  '5-3',
  '1-999999999999999999999',
  'a.1 '.repeat(500),
  `${'a'.repeat(50_000)}!`,
);

/** Bytes of a column, including very many of them. */
export const bytes = (most: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)) },
    { weight: 2, arbitrary: hostileText.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: most }).map((length) => Buffer.alloc(length, 'a/')) },
  );

/** A megabyte each: a backtracking pattern would not terminate. */
export const VERY_LONG = ['a', '-', ' ', '1-', '%4', 'a.', '(', ' (conflict ', '\n'].flatMap((part) =>
  ['', '!'].map((end) => part.repeat(Math.ceil(1_000_000 / part.length)) + end),
);

/** What the driver returns for a BIGINT: a number, or text where a number is not exact. */
export const bigNumber = fc.oneof(
  fc.integer(),
  fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })
    .map((n) => (n > 2n ** 53n || n < -(2n ** 53n) ? String(n) : Number(n))),
  fc.constantFrom('18446744073709551615', '9223372036854775807', '-9223372036854775808', 0),
);
