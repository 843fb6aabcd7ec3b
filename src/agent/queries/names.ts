import { type BytePath, joinPath } from '../../base/bytes.ts';
import { END, look, type NameText, planOf, type Test } from './match-names.ts';

/** What is stored for a path besides its name. */
export interface NameFacts {
  /** Bytes; -1 for a deletion. */
  size: number;
  /** Unix ms. */
  mtimeMs: number;
  origin: string;
  seq: number;
}

interface Asked {
  /**
   * Parts that the name must all contain; one that ends with NUL must match the end of the name. ASCII case is ignored.
   */
  parts: BytePath[];
  folders: ReadonlySet<string>;
  fits(size: number, mtimeMs: number, origin: string, seq: number): boolean;
}

/**
 * The names of all paths in memory, compactly, for substring search: 1,000,000 names of 25 bytes take about 65 MB
 * outside of the JavaScript heap and are searched in tens of milliseconds.
 */
export interface Names {
  add(folder: string, dir: BytePath, name: BytePath, facts: NameFacts): void;
  readonly size: number;
  /**
   * Matches, the last added first; a path that was added twice may occur twice. Searches only as far as it is consumed;
   * yields undefined now and then, so that the caller can yield or stop.
   */
  find(asked: Asked): Generator<{ folder: string; path: BytePath } | undefined>;
}

/** Numbers per path in `facts`. */
const FACTS = 3;

export function createNames(): Names {
  // Storing each name twice would be simpler, but take twice the memory: the text is in lower case, and `upper` has the
  // removed bits.
  let text = Buffer.alloc(1 << 16);
  let upper = Buffer.alloc(1 << 13);
  let used = 0;
  let starts = new Uint32Array(1 << 12);
  let homes = new Uint32Array(1 << 12);
  let facts = new Float64Array(FACTS << 12);
  let makers = new Uint16Array(1 << 12);
  let size = 0;
  const directories: { folder: string; dir: BytePath }[] = [];
  const directoryIds = new Map<string, number>();
  const origins: string[] = [];
  const originIds = new Map<string, number>();

  function originId(origin: string): number {
    const known = originIds.get(origin);
    if (known !== undefined) return known;
    originIds.set(origin, origins.length);
    return origins.push(origin) - 1;
  }

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
    makers = doubled(makers, new Uint16Array(makers.length * 2));
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

  function factsTest({ folders, fits }: Asked): Test {
    const isIn = new Uint8Array(directories.length);
    for (const [id, { folder }] of directories.entries()) if (folders.has(folder)) isIn[id] = 1;
    const [kept, at, made] = [facts, homes, makers];
    return (record) => {
      const place = record * FACTS;
      return isIn[at[record]!] === 1 && fits(kept[place]!, kept[place + 1]!, origins[made[record]!]!, kept[place + 2]!);
    };
  }

  return {
    add(folder, dir, name, { size: bytes, mtimeMs, origin, seq }) {
      makeRoom(name.length + 1);
      starts[size] = used;
      homes[size] = directoryId(folder, dir);
      facts[size * FACTS] = bytes;
      facts[size * FACTS + 1] = mtimeMs;
      facts[size * FACTS + 2] = seq;
      makers[size] = originId(origin);
      size++;
      for (let i = 0; i < name.length; i++, used++) {
        const byte = name.charCodeAt(i);
        const isUpper = byte >= 65 && byte <= 90;
        text[used] = isUpper ? byte + 32 : byte;
        if (isUpper) upper[used >> 3]! |= 1 << (used & 7);
      }
      text[used++] = END;
    },
    get size() {
      return size;
    },
    *find(asked) {
      // NUL ends a name.
      if (asked.parts.some((part) => part.slice(0, -1).includes('\0'))) return;
      const needles = asked.parts.filter(Boolean).map((part) =>
        Buffer.from(
          part.replace(/[A-Z]/g, (c) => c.toLowerCase()),
          'latin1',
        ),
      );
      // Names added meanwhile are not searched.
      const now: NameText = { bytes: text, starts, count: size, used };
      for (const record of look(now, planOf(now, needles, factsTest(asked))))
        yield record === undefined ? undefined : pathOf(record);
    },
  };
}

function doubled<T extends Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
