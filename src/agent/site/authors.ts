import { parentOf } from '../../base/bytes.ts';
import type { PathRef } from '../store/path-ref.ts';

/**
 * The users in whose names changes were made that are about to be observed. The author of all other changes is the
 * site.
 */
export interface Authors {
  /** Applies to a path and everything below it, until released, for at most a minute. */
  claim(ref: Pick<PathRef, 'folder' | 'path'>, author: string): void;
  release(ref: Pick<PathRef, 'folder' | 'path'>): void;
  of(ref: Pick<PathRef, 'folder' | 'path'>): string | undefined;
}

const CLAIM_MS = 60_000;

export function createAuthors(now: () => number): Authors {
  const claims = new Map<string, { author: string; until: number }>();
  const key = (folder: string, path: string) => `${folder}\0${path}`;
  return {
    claim({ folder, path }, author) {
      for (const [id, { until }] of claims) if (until < now()) claims.delete(id);
      claims.set(key(folder, path), { author, until: now() + CLAIM_MS });
    },
    release: ({ folder, path }) => void claims.delete(key(folder, path)),
    of({ folder, path }) {
      if (claims.size === 0) return undefined;
      for (let at = path; at !== ''; at = parentOf(at)) {
        const claim = claims.get(key(folder, at));
        if (claim && claim.until >= now()) return claim.author;
      }
      return undefined;
    },
  };
}
