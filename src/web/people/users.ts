import { dirname } from 'node:path';
import { z } from 'zod';
import { explain } from '../../api/explain.ts';
import { readIfThere } from '../../base/files.ts';
import { InvalidInput } from '../../base/problem.ts';
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
  /** Everything in every folder, and the users. */
  admin: z.boolean().default(false),
  /** By folder; "*" stands for all others. */
  folders: z.record(z.string(), Role).default({}),
});
export type User = z.infer<typeof User>;
const File = z.strictObject({ users: z.array(User).max(10_000) });

/** Who may sign in. */
export interface Users {
  find(name: string): User | undefined;
  all(): User[];
}

/** Reads the text of a users file. Throws {@link InvalidInput} with every problem of it. */
export function parseUsers(text: string, file: string): User[] {
  const result = File.safeParse(parseSecretYaml(text, file) ?? { users: [] });
  if (!result.success) {
    throw new InvalidInput(
      result.error.issues.map((issue) => ({ file, field: issue.path.join('.'), ...explain(issue) })),
    );
  }
  const { users } = result.data;
  const twice = users.find((user, i) => users.findIndex(({ name }) => name === user.name) < i);
  if (twice)
    throw new InvalidInput([{ file, reason: `lists the user "${twice.name}" twice`, remedy: 'Remove one of them' }]);
  return users;
}

/**
 * The users of this file, read again whenever it changes, until the signal aborts. Without the file there are none. While it is
 * invalid or cannot be read the last good ones count, and `trouble` is told why; undefined when all is well.
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
      // What is invalid somebody has to correct; anything else may pass.
      if (!(error instanceof InvalidInput)) throw error;
    }
  };
  watchFiles([dirname(file)], look, signal);
  return { find: (name) => users.find((user) => user.name === name), all: () => [...users] };
}
