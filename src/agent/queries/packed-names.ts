import type { BytePath } from '../../base/bytes.ts';
import { foldName } from './fold.ts';
import { END, type NameText } from './match-names.ts';

/**
 * Names in memory, folded for searching, from which each can be had as it is. Of a name that differs from its folded form by
 * the case of a to z only, the removed bits are kept; other names are kept once more as they are.
 */
export interface PackedNames {
  /** Its number is the count before. */
  add(name: BytePath): void;
  nameOf(record: number): BytePath;
  /** What was added so far. */
  text(): NameText;
}

export function createPackedNames(): PackedNames {
  let text = Buffer.alloc(1 << 16);
  let upper = Buffer.alloc(1 << 13);
  let used = 0;
  let starts = new Uint32Array(1 << 12);
  let count = 0;
  /** Names that are kept as they are: their numbers, ascending, and where each begins. */
  let whole = Buffer.alloc(1 << 10);
  let wholeUsed = 0;
  let wholeRecords = new Uint32Array(1 << 6);
  let wholeStarts = new Uint32Array(1 << 6);
  let wholeCount = 0;

  function makeRoom(bytes: number): void {
    while (used + bytes > text.length) {
      text = Buffer.concat([text, Buffer.alloc(text.length)]);
      upper = Buffer.concat([upper, Buffer.alloc(upper.length)]);
    }
    if (count === starts.length) starts = doubled(starts);
  }

  function keepWhole(name: BytePath): void {
    while (wholeUsed + name.length > whole.length) whole = Buffer.concat([whole, Buffer.alloc(whole.length)]);
    if (wholeCount === wholeRecords.length) [wholeRecords, wholeStarts] = [doubled(wholeRecords), doubled(wholeStarts)];
    wholeRecords[wholeCount] = count;
    wholeStarts[wholeCount++] = wholeUsed;
    wholeUsed += whole.write(name, wholeUsed, 'latin1');
  }

  /** The place of a record among those that are kept as they are, or -1. */
  function wholeAt(record: number): number {
    let [low, high] = [0, wholeCount - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const at = wholeRecords[middle]!;
      if (at === record) return middle;
      if (at < record) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  return {
    add(name) {
      const folded = foldName(name);
      makeRoom(folded.length + 1);
      starts[count] = used;
      const isPlain = folded.length === name.length && isLowered(name, folded);
      if (!isPlain) keepWhole(name);
      for (let i = 0; i < folded.length; i++, used++) {
        text[used] = folded.charCodeAt(i);
        if (isPlain && folded.charCodeAt(i) !== name.charCodeAt(i)) upper[used >> 3]! |= 1 << (used & 7);
      }
      text[used++] = END;
      count++;
    },
    nameOf(record) {
      const kept = wholeAt(record);
      if (kept >= 0)
        return whole.toString('latin1', wholeStarts[kept], kept + 1 < wholeCount ? wholeStarts[kept + 1] : wholeUsed);
      const end = (record + 1 < count ? starts[record + 1]! : used) - 1;
      let name = '';
      for (let at = starts[record]!; at < end; at++) {
        const removed = (upper[at >> 3]! >> (at & 7)) & 1;
        name += String.fromCharCode(text[at]! - removed * 32);
      }
      return name;
    },
    text: () => ({ bytes: text, starts, count, used }),
  };
}

/** Whether the second is the first with A to Z in lower case, and nothing else differs. */
function isLowered(name: BytePath, folded: BytePath): boolean {
  for (let i = 0; i < name.length; i++) {
    const [is, was] = [folded.charCodeAt(i), name.charCodeAt(i)];
    if (is !== was && !(was >= 65 && was <= 90 && is === was + 32)) return false;
  }
  return true;
}

export function doubled<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T): T {
  const to = new (from.constructor as new (length: number) => T)(from.length * 2);
  to.set(from);
  return to;
}
