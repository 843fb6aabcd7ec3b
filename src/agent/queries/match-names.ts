/** Concatenated names, each terminated by END. */
export interface NameText {
  bytes: Buffer;
  /** Where each name starts. */
  starts: Uint32Array;
  count: number;
  /** Bytes in use. */
  used: number;
}

/** Occurs in no name: a searched part may reach the end of a name, but not beyond. */
export const END = 0;

export type Test = (record: number) => boolean;

/** How to search the names. The result is the same for every plan. */
export interface Plan {
  /** Only names that contain these bytes are tested; undefined: all. */
  by: Buffer | undefined;
  /** In this order, until one fails. */
  tests: Test[];
}

/** Number of names from which the frequency of a part is estimated. */
const SAMPLE = 1024;
/** The engine finds bytes faster than we do, but each hit costs as much as testing about ten names ourselves. */
const RARE = 1 / 16;
/** Names after which the caller may yield or stop. */
const STRETCH = 4096;

/**
 * Tests first what the fewest names satisfy, then what the fewest of those satisfy, according to a sample: so a search
 * is cheap even if each filter alone matches many names, and all of them together none.
 */
export function planOf(text: NameText, needles: Buffer[], facts: Test): Plan {
  const sample = sampleOf(text.count);
  const asked = [
    { test: facts, needle: undefined },
    ...needles.map((needle) => ({ test: (record: number) => holds(text, record, needle), needle })),
  ].map((one) => ({ ...one, passed: new Set(sample.filter(one.test)) }));
  const order: typeof asked = [];
  let left = sample;
  while (order.length < asked.length) {
    const open = asked.filter((one) => !order.includes(one));
    const passing = open.map(({ passed }) => left.filter((record) => passed.has(record)).length);
    // If nothing of the sample is left, the part that is rarest overall goes first.
    const best = open.reduce((least, { passed }, i) => {
      const fewer = passing[i]! - passing[least]! || passed.size - open[least]!.passed.size;
      return fewer < 0 ? i : least;
    }, 0);
    const next = open[best]!;
    order.push(next);
    left = left.filter((record) => next.passed.has(record));
  }
  const [first] = order;
  const by = first!.needle !== undefined && first!.passed.size < RARE * sample.length ? first!.needle : undefined;
  return { by, tests: (by === undefined ? order : order.slice(1)).map(({ test }) => test) };
}

/** Evenly spread, with a step that is unrelated to how names repeat. */
function sampleOf(count: number): number[] {
  if (count <= SAMPLE) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: SAMPLE }, (_, i) => Math.imul(i, 2_654_435_761) >>> 0).map((spread) => spread % count);
}

/** Names that pass all tests, last to first. Yields undefined now and then, so that the caller can yield or stop. */
export function* look(text: NameText, { by, tests }: Plan): Generator<number | undefined> {
  let record = text.count;
  for (;;) {
    // An inner loop without a generator: a million names of which none passes take about ten milliseconds.
    for (let left = STRETCH; left > 0; left--) {
      record = by === undefined ? record - 1 : holderBefore(text, record, by);
      if (record < 0) return;
      if (passes(tests, record)) yield record;
    }
    yield undefined;
  }
}

function passes(tests: Test[], record: number): boolean {
  for (let i = 0; i < tests.length; i++) if (!tests[i]!(record)) return false;
  return true;
}

/** The last name before this one that contains the bytes, or -1. */
function holderBefore({ bytes, starts, count, used }: NameText, before: number, needle: Buffer): number {
  const end = before < count ? starts[before]! : used;
  const hit = end < needle.length ? -1 : bytes.lastIndexOf(needle, end - needle.length);
  if (hit < 0) return -1;
  // Searches the text of all names once, however many match.
  let record = before - 1;
  while (starts[record]! > hit) record--;
  return record;
}

/** Whether the name, or the name and its END, contains these bytes. */
export function holds({ bytes, starts, count, used }: NameText, record: number, needle: Buffer): boolean {
  const first = needle[0];
  const last = (record + 1 < count ? starts[record + 1]! : used) - needle.length;
  for (let at = starts[record]!; at <= last; at++) {
    if (bytes[at] !== first) continue;
    let same = 1;
    while (same < needle.length && bytes[at + same] === needle[same]) same++;
    if (same === needle.length) return true;
  }
  return false;
}
