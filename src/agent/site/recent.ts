import type { FileFact } from '../fs/facts.ts';
import type { IndexEntry } from '../store/index-entry.ts';

/** Maximum number of remembered placements. */
const LIMIT = 50_000;

/**
 * What the agent itself has recently put on disk and indexed: the kernel reports these changes too, and most need not be
 * looked up again.
 */
export interface RecentPlacements {
  add(entries: IndexEntry[]): void;
  /** Whether the disk is still exactly as placed. Answers once per placement. */
  take(folder: string, fact: FileFact): boolean;
}

export function createRecentPlacements(): RecentPlacements {
  const recent = new Map<string, Pick<IndexEntry, 'ino' | 'ctimeNs'>>();
  return {
    add(entries) {
      for (const { ref, ino, ctimeNs } of entries) {
        recent.delete(ref.id);
        recent.set(ref.id, { ino, ctimeNs });
      }
      for (const id of recent.keys()) {
        if (recent.size <= LIMIT) break;
        recent.delete(id);
      }
    },
    take(folder, { path, ino, ctimeNs }) {
      const id = `${folder}\0${path}`;
      const known = recent.get(id);
      if (!known) return false;
      recent.delete(id);
      return known.ino === ino && known.ctimeNs === ctimeNs;
    },
  };
}
