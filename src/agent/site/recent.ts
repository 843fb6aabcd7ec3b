import type { FileFact } from '../fs/facts.ts';
import { MODE_MASK } from '../fs/modes.ts';
import type { IndexEntry } from '../store/index-entry.ts';

/** Maximum number of remembered placements. */
const LIMIT = 50_000;

/**
 * What the agent itself has recently put on disk and indexed: the kernel reports these changes too, and most need not
 * be looked up again.
 */
export interface RecentPlacements {
  add(entries: IndexEntry[]): void;
  /** Whether the disk is still exactly as placed. Answers once per placement. */
  take(folder: string, fact: FileFact): boolean;
}

type Placed = Pick<IndexEntry, 'kind' | 'ino' | 'ctimeNs' | 'mtimeNs' | 'size' | 'mode'>;

/**
 * The change time alone does not suffice: the kernel's clock stands still for some ms, in which a user may save too.
 */
function isSame(known: Placed, { kind, ino, ctimeNs, mtimeNs, size, mode }: FileFact): boolean {
  if (known.kind !== kind || known.ino !== ino || known.ctimeNs !== ctimeNs) return false;
  return known.mtimeNs === mtimeNs && known.size === size && (kind === 'symlink' || known.mode === (mode & MODE_MASK));
}

export function createRecentPlacements(): RecentPlacements {
  const recent = new Map<string, Placed>();
  return {
    add(entries) {
      for (const { ref, kind, ino, ctimeNs, mtimeNs, size, mode } of entries) {
        recent.delete(ref.id);
        recent.set(ref.id, { kind, ino, ctimeNs, mtimeNs, size, mode });
      }
      for (const id of recent.keys()) {
        if (recent.size <= LIMIT) break;
        recent.delete(id);
      }
    },
    take(folder, fact) {
      const id = `${folder}\0${fact.path}`;
      const known = recent.get(id);
      if (!known) return false;
      recent.delete(id);
      return isSame(known, fact);
    },
  };
}
