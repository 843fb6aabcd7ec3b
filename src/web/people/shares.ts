import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { BytePath } from '../../base/bytes.ts';
import { openJsonFile } from './json-file.ts';

/** A share as stored: only the hash of the token, so that the file is useless to a reader. */
const StoredShare = z.object({
  id: z.string(),
  token: z.string(),
  folder: z.string(),
  /** One character per byte. */
  path: z.string(),
  kind: z.enum(['download', 'drop']),
  /** Name and id of the creator's account; only the id if it is the name. */
  by: z.string(),
  owner: z.string().optional(),
  made: z.number(),
  expires: z.number(),
  password: z.string().optional(),
  uses: z.number(),
});
export type StoredShare = z.infer<typeof StoredShare>;

export interface Shares {
  all(): StoredShare[];
  /** The share of a token; undefined when it has expired, was revoked, or never existed. */
  find(token: string): StoredShare | undefined;
  /** @returns the token, which is not stored */
  add(
    share: { folder: string; path: BytePath } & Pick<StoredShare, 'kind' | 'by' | 'owner' | 'expires' | 'password'>,
  ): {
    token: string;
    share: StoredShare;
  };
  revoke(id: string): void;
  used(id: string): void;
}

/** The shares of a site. Expired ones are removed after a while. `now`: Unix ms. */
export function openShares(path: string, now: () => number): Shares {
  const file = openJsonFile(path, StoredShare);
  return {
    all: () => file.all().filter(({ expires }) => expires > now()),
    find(token) {
      const hash = digest(token);
      return file.all().find((share) => share.token === hash && share.expires > now());
    },
    add({ password, ...rest }) {
      const token = randomBytes(24).toString('base64url');
      const id = randomBytes(9).toString('base64url');
      const share: StoredShare = {
        ...rest,
        ...(password !== undefined && { password }),
        id,
        token: digest(token),
        made: now(),
        uses: 0,
      };
      file.save([...this.all(), share]);
      return { token, share };
    },
    revoke: (id) => file.save(file.all().filter((share) => share.id !== id)),
    used: (id) => file.save(file.all().map((share) => (share.id === id ? { ...share, uses: share.uses + 1 } : share))),
  };
}

/** Id of the creator's account. */
export const ownerOf = ({ owner, by }: StoredShare) => owner ?? by;

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
