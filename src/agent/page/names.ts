import { type BytePath, joinPath } from '../../base/bytes.ts';

/**
 * The names of all paths in memory, close together, for searching parts of them: 1,000,000 names of 25 bytes take about
 * 35 MB outside of the JavaScript heap and are looked through in tens of milliseconds.
 */
export interface Names {
  add(folder: string, dir: BytePath, name: BytePath): void;
  readonly size: number;
  /**
   * Paths whose names hold every part, newest first; upper and lower case of a to z are the same. The same path may come
   * twice. A generator: looking goes on only as far as it is asked.
   */
  find(parts: BytePath[]): Generator<{ folder: string; path: BytePath }>;
}

const LINE = 10;
/** Offset of a name in the text, and its directory. */
const FIELDS = 2;

export function createNames(): Names {
  // Each name twice over would be simpler, and twice the memory: the text is folded, `upper` has the bits it took away.
  let text = Buffer.alloc(1 << 16);
  let upper = Buffer.alloc(1 << 13);
  let used = 0;
  let records = new Uint32Array(1 << 12);
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

  function nameAt(record: number): BytePath {
    const from = records[record * FIELDS]!;
    const to = record + 1 < size ? records[(record + 1) * FIELDS]! - 1 : used - 1;
    let name = '';
    for (let at = from; at < to; at++) {
      const taken = (upper[at >> 3]! >> (at & 7)) & 1;
      name += String.fromCharCode(text[at]! - taken * 32);
    }
    return name;
  }

  return {
    add(folder, dir, name) {
      if (used + name.length + 1 > text.length) {
        text = grown(text);
        upper = grown(upper);
      }
      if ((size + 1) * FIELDS > records.length) {
        const next = new Uint32Array(records.length * 2);
        next.set(records);
        records = next;
      }
      records[size * FIELDS] = used;
      records[size * FIELDS + 1] = directoryId(folder, dir);
      size++;
      for (let i = 0; i < name.length; i++, used++) {
        const byte = name.charCodeAt(i);
        const isUpper = byte >= 65 && byte <= 90;
        text[used] = isUpper ? byte + 32 : byte;
        if (isUpper) upper[used >> 3]! |= 1 << (used & 7);
      }
      // No name of a synced path is empty; one with a line feed is found by what is on one of its lines.
      text[used++] = LINE;
    },
    get size() {
      return size;
    },
    *find(parts) {
      const needles = parts.map((part) =>
        Buffer.from(
          part.replace(/[A-Z]/g, (c) => c.toLowerCase()),
          'latin1',
        ),
      );
      const [first, ...others] = needles.toSorted((a, b) => b.length - a.length);
      if (!first || first.length === 0) return;
      const all = text.subarray(0, used);
      for (let hit = all.lastIndexOf(first); hit >= 0; ) {
        const record = recordAt(records, size, hit);
        const from = records[record * FIELDS]!;
        const to = record + 1 < size ? records[(record + 1) * FIELDS]! : used;
        const name = all.subarray(from, to - 1);
        if (others.every((other) => name.includes(other))) {
          const { folder, dir } = directories[records[record * FIELDS + 1]!]!;
          yield { folder, path: joinPath(dir, nameAt(record)) };
        }
        if (from === 0) return;
        hit = all.lastIndexOf(first, from - first.length);
      }
    },
  };
}

const grown = (buffer: Buffer) => Buffer.concat([buffer, Buffer.alloc(buffer.length)]);

/** The record in whose name the byte at `offset` is. */
function recordAt(records: Uint32Array, size: number, offset: number): number {
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (records[middle * FIELDS]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
