import { refuse } from '../contract/says.ts';

/** Uploads that one person, or the holders of one link, may have begun and not ended. */
const MAX_BEGUN = 1000;

/** Counts what was begun since this process started; each costs two files, whether bytes come or not. */
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
    /** Keeps those that are still there. */
    keep(ids: Set<string>): void {
      for (const [owner, own] of begun) {
        for (const id of own) if (!ids.has(id)) own.delete(id);
        if (own.size === 0) begun.delete(owner);
      }
    },
  };
}
