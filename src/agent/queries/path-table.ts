import type { BytePath } from '../../base/bytes.ts';
import { doubled } from './packed-names.ts';

/** Finds the record of a path; 12 bytes each. Open addressing, at most half full. */
export interface PathTable {
  find(hash: number, isIt: (record: number) => boolean): number | undefined;
  /** Records are added in order. */
  add(hash: number, record: number): void;
}

/** FNV-1a over a directory's number and a name. Pure. */
export function hashOf(directory: number, name: BytePath): number {
  let hash = Math.imul(0x811c9dc5 ^ directory, 0x01000193);
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function createPathTable(): PathTable {
  let slots = new Uint32Array(1 << 13);
  let hashes = new Uint32Array(1 << 12);
  let count = 0;

  function put(hash: number, record: number): void {
    const mask = slots.length - 1;
    let at = hash & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = record + 1;
  }

  return {
    find(hash, isIt) {
      const mask = slots.length - 1;
      for (let at = hash & mask; slots[at] !== 0; at = (at + 1) & mask) {
        const record = slots[at]! - 1;
        if (hashes[record] === hash && isIt(record)) return record;
      }
      return undefined;
    },
    add(hash, record) {
      if (record === hashes.length) {
        hashes = doubled(hashes);
        slots = new Uint32Array(hashes.length * 2);
        for (let known = 0; known < count; known++) put(hashes[known]!, known);
      }
      hashes[record] = hash;
      put(hash, record);
      count = record + 1;
    },
  };
}
