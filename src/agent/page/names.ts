import { type BytePath, joinPath } from '../../base/bytes.ts';

/** What is kept of a path beside its name. */
export interface NameFacts {
  /** Bytes; of a deletion -1. */
  size: number;
  /** Unix ms. */
  mtimeMs: number;
}

/**
 * The names of all paths in memory, close together, for searching parts of them: 1,000,000 names of 25 bytes take about
 * 55 MB outside of the JavaScript heap and are looked through in tens of milliseconds.
 */
export interface Names {
  add(folder: string, dir: BytePath, name: BytePath, facts: NameFacts): void;
  readonly size: number;
  /**
   * Paths whose names hold every part and whose facts may fit, what was added last first; upper and lower case of a to z are
   * the same. A path that was added twice may come twice. A generator: looking goes on only as far as it is asked.
   */
  find(
    parts: BytePath[],
    fits: (size: number, mtimeMs: number) => boolean,
  ): Generator<{ folder: string; path: BytePath }>;
}

const LINE = 10;
/** The end of the text, by which it is judged which part is rarest. */
const SAMPLE = 256 * 1024;

export function createNames(): Names {
  // Each name twice over would be simpler, and twice the memory: the text is folded, `upper` has the bits it took away.
  let text = Buffer.alloc(1 << 16);
  let upper = Buffer.alloc(1 << 13);
  let used = 0;
  let starts = new Uint32Array(1 << 12);
  let homes = new Uint32Array(1 << 12);
  let facts = new Float64Array(1 << 13);
  let size = 0;
  const directories: { folder: string; dir: BytePath }[] = [];
  const directoryIds = new Map<string, number>();

  function directoryId(folder: string, dir: BytePath): number {
    const key = `${folder}\0${dir}`;
    const known = directoryIds.get(key);
    if (known !== undefined) return known;
    directories.push({ folder, dir });
    directoryIds.set(key, directories.length - 1);
    return directories.length - 1;
  }

  function makeRoom(bytes: number): void {
    if (used + bytes > text.length) {
      text = Buffer.concat([text, Buffer.alloc(text.length)]);
      upper = Buffer.concat([upper, Buffer.alloc(upper.length)]);
    }
    if (size < starts.length) return;
    starts = doubled(starts, new Uint32Array(starts.length * 2));
    homes = doubled(homes, new Uint32Array(homes.length * 2));
    facts = doubled(facts, new Float64Array(facts.length * 2));
  }

  const endOf = (record: number) => (record + 1 < size ? starts[record + 1]! : used) - 1;

  function pathOf(record: number) {
    let name = '';
    for (let at = starts[record]!; at < endOf(record); at++) {
      const taken = (upper[at >> 3]! >> (at & 7)) & 1;
      name += String.fromCharCode(text[at]! - taken * 32);
    }
    const { folder, dir } = directories[homes[record]!]!;
    return { folder, path: joinPath(dir, name) };
  }

  /** The part with the fewest hits at the end of the text: every hit costs a look at a name. */
  function rarest(needles: Buffer[]): Buffer {
    const sample = text.subarray(Math.max(0, used - SAMPLE), used);
    const hits = (needle: Buffer) => {
      let count = 0;
      for (let at = sample.indexOf(needle); at >= 0; at = sample.indexOf(needle, at + 1)) count++;
      return count;
    };
    return needles.map((needle) => ({ needle, count: hits(needle) })).sort((a, b) => a.count - b.count)[0]!.needle;
  }

  return {
    add(folder, dir, name, { size: bytes, mtimeMs }) {
      makeRoom(name.length + 1);
      starts[size] = used;
      homes[size] = directoryId(folder, dir);
      facts[size * 2] = bytes;
      facts[size * 2 + 1] = mtimeMs;
      size++;
      for (let i = 0; i < name.length; i++, used++) {
        const byte = name.charCodeAt(i);
        const isUpper = byte >= 65 && byte <= 90;
        text[used] = isUpper ? byte + 32 : byte;
        if (isUpper) upper[used >> 3]! |= 1 << (used & 7);
      }
      text[used++] = LINE;
    },
    get size() {
      return size;
    },
    *find(parts, fits) {
      const needles = parts.map((part) =>
        Buffer.from(
          part.replace(/[A-Z]/g, (c) => c.toLowerCase()),
          'latin1',
        ),
      );
      if (needles.length === 0) {
        for (let record = size - 1; record >= 0; record--)
          if (fits(facts[record * 2]!, facts[record * 2 + 1]!)) yield pathOf(record);
        return;
      }
      const first = rarest(needles);
      const others = needles.filter((needle) => needle !== first);
      let end = used;
      for (;;) {
        const hit = end < first.length ? -1 : text.lastIndexOf(first, end - first.length);
        if (hit < 0) return;
        const record = recordAt(starts, size, hit);
        const name = text.subarray(starts[record], endOf(record));
        if (fits(facts[record * 2]!, facts[record * 2 + 1]!) && others.every((other) => name.includes(other)))
          yield pathOf(record);
        end = starts[record]!;
      }
    },
  };
}

function doubled<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The record in whose name the byte at `offset` is. */
function recordAt(starts: Uint32Array, size: number, offset: number): number {
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
