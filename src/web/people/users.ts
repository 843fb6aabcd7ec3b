import { dirname } from 'node:path';
import { z } from 'zod';
import { explainIssue } from '../../api/explain.ts';
import { readIfThere } from '../../base/files.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import { watchFiles } from '../../base/watch-files.ts';
import { Role } from '../contract/session.ts';
import { isPasswordHash } from './password.ts';
import { parseSecretYaml } from './secret-yaml.ts';

const User = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._@ -]{0,99}$/u, 'contains invalid characters: Use letters, digits, . _ @ -'),
  password: z
    .string()
    .refine(isPasswordHash, 'is not an argon2id or bcrypt hash of acceptable cost: Create one with "sitesync user"'),
  /** All rights in every folder, and on the users. */
  admin: z.boolean().default(false),
  /** By folder; "*" stands for all others. */
  folders: z.record(z.string(), Role).default({}),
});
export type User = z.infer<typeof User>;
const File = z.strictObject({ users: z.array(User).max(10_000) });

/** The users of a file. */
export interface Users {
  find(name: string): User | undefined;
  all(): User[];
}

/** Parses a users file. Throws {@link InvalidInput} with all its problems. */
export function parseUsers(text: string, file: string): User[] {
  const result = File.safeParse(parseSecretYaml(text, file) ?? { users: [] });
  if (!result.success) {
    throw new InvalidInput(
      result.error.issues.map((issue) => ({ file, field: issue.path.join('.'), ...explainIssue(issue) })),
    );
  }
  const { users } = result.data;
  const twice = users.find((user, i) => users.findIndex(({ name }) => name === user.name) < i);
  if (twice)
    throw new InvalidInput([{ file, reason: `lists the user "${twice.name}" twice`, remedy: 'Remove one of them' }]);
  return users;
}

/**
 * The users of this file, reloaded whenever it changes, until the signal is aborted. A missing file means no users. While
 * it is invalid or unreadable the last valid users stay in effect, and `trouble` is called with the reason; with undefined
 * when all is well.
 */
export function followUsers(file: string, trouble: (why: string | undefined) => void, signal: AbortSignal): Users {
  let users: User[] = [];
  const look = () => {
    try {
      const text = readIfThere(file);
      users = text === undefined ? [] : parseUsers(text, file);
      trouble(undefined);
    } catch (error) {
      trouble((error as Error).message);
      // Somebody must fix an invalid file; other errors may go away, so retry.
      if (!(error instanceof InvalidInput)) throw error;
    }
  };
  watchFiles([dirname(file)], look, signal);
  return { find: (name) => users.find((user) => user.name === name), all: () => [...users] };
}
