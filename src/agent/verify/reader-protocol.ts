import type { BytePath } from '../../base/bytes.ts';

/** What the two threads share. `settings`: bytes per ms (0 = as fast as the disk), and 1 while it pauses. `read`: bytes so far. */
export interface Control {
  settings: Int32Array;
  read: BigInt64Array;
}

/** Files to read, by their paths below a directory. */
export interface Batch {
  root: string;
  paths: BytePath[];
  /** What a program has written and the disk has not got yet is sent there first; costs the disk a flush for every file. */
  flushed?: boolean;
}
