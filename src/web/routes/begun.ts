import { refuse } from '../contract/says.ts';

/** Unfinished uploads that one user, or the holders of one link, may have. */
const MAX_BEGUN = 1000;

/** Counts unfinished uploads since this process started; each costs two files, even without data. */
export function createBegun() {
  const begun = new Map<string, Set<string>>();
  return {
    add(owner: string, id: string): void {
      const own = begun.get(owner) ?? new Set();
      if (own.size >= MAX_BEGUN) throw refuse('tooManyUploads');
      begun.set(owner, own.add(id));
    },
    remove(owner: string, id: string): void {
      const own = begun.get(owner);
      own?.delete(id);
      if (own?.size === 0) begun.delete(owner);
    },
    /** Forgets all others, which are gone. */
    keep(ids: Set<string>): void {
      for (const [owner, own] of begun) {
        for (const id of own) if (!ids.has(id)) own.delete(id);
        if (own.size === 0) begun.delete(owner);
      }
    },
  };
}
