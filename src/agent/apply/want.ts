import type { At } from '../fs/at.ts';
import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Losing } from '../store/intent.ts';

/** A path to be made equal to its head. */
export interface Want {
  head: Head;
  index: IndexEntry | undefined;
  /** Small content, already compared with the head's hash. */
  bytes?: Buffer;
  /** Content in staging, already compared with the head's hash. */
  staged?: At;
  losing?: Losing;
}
