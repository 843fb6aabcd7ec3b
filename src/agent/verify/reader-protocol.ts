import type { BytePath } from '../../base/bytes.ts';

/** Shared by the two threads. `settings`: bytes per ms (0 = as fast as the disk), and 1 while paused. `read`: bytes so far. */
export interface Control {
  settings: Int32Array;
  read: BigInt64Array;
}

/** Files to read, by their paths below a directory. */
export interface Batch {
  root: string;
  paths: BytePath[];
  /** Flushes unwritten data first; costs the disk a flush per file. */
  flushed?: boolean;
}
