import type { Head } from '../store/head.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import { sameContent, sameId } from '../versions/version.ts';

/**
 * What must happen so that the disk equals the head of a path.
 * - `noop`: nothing.
 * - `adopt`: the disk is already equal, only the index must record it.
 * - `metadata`: set times and mode.
 * - `place`: place it, with content that is available or not needed.
 * - `pull`: fetch its content first.
 */
export type Step = 'noop' | 'adopt' | 'metadata' | 'place' | 'pull';

/** Pure. `hasContent`: the content is available (in the row, or staged and verified). */
export function nextStep(head: Head, index: IndexEntry | undefined, hasContent: boolean): Step {
  if (sameId(head, index)) return 'noop';
  if (head.kind === 'deleted') return index ? 'place' : 'noop';
  if (index && sameContent(head, index)) {
    const sameTimes = head.kind === 'dir' || head.mtimeNs === index.mtimeNs;
    const sameMode = head.kind === 'symlink' || head.mode === index.mode;
    if (sameTimes && sameMode) return 'adopt';
    return head.kind === 'symlink' ? 'place' : 'metadata';
  }
  return head.kind !== 'file' || head.size === 0 || hasContent ? 'place' : 'pull';
}

/**
 * The order in which a batch is applied: deletions last and deepest first, everything else parents first. A file that gives
 * way to a directory of its name is not a deletion: the directory's version replaces it in place.
 */
export function applyOrder(a: Head, b: Head): number {
  const removal = Number(a.kind === 'deleted') - Number(b.kind === 'deleted');
  if (removal !== 0) return removal;
  const [x, y] = [a.ref.path, b.ref.path];
  const order = x < y ? -1 : x > y ? 1 : 0;
  return a.kind === 'deleted' ? -order : order;
}
