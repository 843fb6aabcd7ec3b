import { refuse } from '../contract/refusals.ts';

/** Unfinished uploads that one user, or the holders of one link, may have. */
const MAX_UNFINISHED = 1000;

/** Counts unfinished uploads since this process started; each costs two files, even without data. */
export function createUnfinishedUploads() {
  const unfinished = new Map<string, Set<string>>();
  return {
    add(owner: string, id: string): void {
      const own = unfinished.get(owner) ?? new Set();
      if (own.size >= MAX_UNFINISHED) throw refuse('tooManyUploads');
      unfinished.set(owner, own.add(id));
    },
    remove(owner: string, id: string): void {
      const own = unfinished.get(owner);
      own?.delete(id);
      if (own?.size === 0) unfinished.delete(owner);
    },
    /** Forgets all others, which are gone. */
    keep(ids: Set<string>): void {
      for (const [owner, own] of unfinished) {
        for (const id of own) if (!ids.has(id)) own.delete(id);
        if (own.size === 0) unfinished.delete(owner);
      }
    },
  };
}
