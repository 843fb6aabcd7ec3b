import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openJsonFile } from './json-file.ts';

const LIFE_MS = 12 * 3_600_000;
const MAX_SESSIONS = 10_000;
/** The oldest end first: nobody's sign-ins push out those of others. */
const MAX_PER_USER = 50;

/** Stores the hash of the id, so that the file is useless to a reader. */
const Session = z.object({
  hash: z.string(),
  /** Id of the account. */
  user: z.string(),
  csrf: z.string(),
  expires: z.number(),
  /** Hash of the account's proof: changing the password or the provider ends the sessions. */
  proof: z.string(),
});
export type Session = z.infer<typeof Session>;

export interface Sessions {
  /** @returns the id, for the cookie only */
  begin(account: { id: string; proof: string }, lifeMs?: number): string;
  find(id: string): Session | undefined;
  end(id: string): void;
}

/** Sessions in a file: they survive a restart. `now`: Unix ms. */
export function openSessions(path: string, now: () => number): Sessions {
  const file = openJsonFile(path, Session);
  const live = () => file.all().filter(({ expires }) => expires > now());
  return {
    begin({ id: user, proof }, lifeMs = LIFE_MS) {
      const id = randomBytes(32).toString('base64url');
      const csrf = randomBytes(24).toString('base64url');
      const session = { hash: digest(id), user, csrf, expires: now() + lifeMs, proof: digest(proof) };
      const others = live();
      const oldest = others.filter((one) => one.user === user).at(-MAX_PER_USER);
      file.save([...others.filter((one) => one !== oldest), session].slice(-MAX_SESSIONS));
      return id;
    },
    find(id) {
      const hash = digest(id);
      return file.all().find((session) => session.hash === hash && session.expires > now());
    },
    end(id) {
      const hash = digest(id);
      file.save(live().filter((session) => session.hash !== hash));
    },
  };
}

/** Whether the account's proof is still the one with which the session began. */
export const isProven = ({ proof }: { proof: string }, session: Session) => digest(proof) === session.proof;

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
