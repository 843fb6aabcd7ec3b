import type { Random } from '../../../hack/soak/random.ts';
import type { Inode } from './inode.ts';

/** What may happen to the data of a file that was not flushed. */
const TORN = ['whole', 'whole', 'empty', 'half'] as const;

/** Changes that wait at most. */
const MOST = 4000;

/**
 * What a power cut takes away from a journaled filesystem: of the changes of names and metadata that were not flushed, all from some
 * point on; of the data of each file that was not flushed, any part.
 */
export class Unflushed {
  readonly #undo: (() => void)[] = [];
  readonly #dirty = new Set<Inode>();

  /** A change of metadata or data was made, which this takes back. */
  changed(undo: () => void): void {
    this.#undo.push(undo);
    // The kernel writes by itself what is old.
    if (this.#undo.length > MOST) this.#undo.splice(0, MOST >> 1);
  }

  wrote(inode: Inode): void {
    this.#dirty.add(inode);
  }

  /** Everything is on the disk. */
  flush(): void {
    this.#undo.length = 0;
    this.#dirty.clear();
  }

  /** The journal, and the data of one file. */
  flushFile(inode: Inode): void {
    this.#undo.length = 0;
    this.#dirty.delete(inode);
  }

  powerCut(random: Random): void {
    const lost = random.float(0, 1) < 0.3 ? this.#undo.length : random.int(0, this.#undo.length);
    for (let i = 0; i < lost; i++) this.#undo.pop()?.();
    for (const inode of this.#dirty) {
      const how = random.pick(TORN);
      if (how !== 'whole') inode.data = inode.data.subarray(0, how === 'empty' ? 0 : inode.data.length >> 1);
    }
    this.flush();
  }
}
