import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { openJsonFile } from './json-file.ts';

const LIFE_MS = 12 * 3_600_000;
const MAX_SESSIONS = 10_000;

/** The hash of the id is kept, not the id: who reads the file cannot use it. */
const Session = z.object({
  hash: z.string(),
  /** Id of the account. */
  user: z.string(),
  csrf: z.string(),
  expires: z.number(),
  /** Of the account's proof: a changed password, or another provider, ends the sessions. */
  proof: z.string(),
});
export type Session = z.infer<typeof Session>;

export interface Sessions {
  /** @returns the id, for the cookie alone */
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
      file.save([...live(), session].slice(-MAX_SESSIONS));
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

/** Whether the account is still known by what it was known by when the session began. */
export const isProven = ({ proof }: { proof: string }, session: Session) => digest(proof) === session.proof;

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
