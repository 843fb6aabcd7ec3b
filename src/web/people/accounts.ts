import type { Role } from '../contract/session.ts';
import type { Users } from './users.ts';

/** Somebody who may sign in, wherever that is said. */
export interface Account {
  /** What sessions, shares and uploads belong to: for this site alone. */
  id: string;
  /** In lists and in history. */
  name: string;
  /** Everything in every folder, and the users. */
  admin: boolean;
  /** By folder; "*" stands for all others. */
  folders: Record<string, Role>;
  /** By what the person was known when a session began: when it is another one now, the session has ended. */
  proof: string;
  /** Unix ms of the last time that the provider vouched for the person; absent for users of the site's own file. */
  seen?: number;
}

export interface Accounts {
  find(id: string): Account | undefined;
  all(): Account[];
}

/** The users of the site's file, whose id is their name, and those whom the provider let in, whose ids no name can be. */
export function joinAccounts(users: Users, signOn: Accounts): Accounts {
  return {
    find(id) {
      const user = users.find(id);
      return user ? accountOf(user) : signOn.find(id);
    },
    all: () => [...users.all().map(accountOf), ...signOn.all()],
  };
}

export function accountOf({ name, admin, folders, password }: ReturnType<Users['all']>[number]): Account {
  return { id: name, name, admin, folders, proof: `password ${password}` };
}

const RANK = { viewer: 1, editor: 2, admin: 3 } as const;

/** What an account may do in a folder; undefined: it is as if the folder were not there. Pure. */
export function roleIn({ admin, folders }: Pick<Account, 'admin' | 'folders'>, folder: string): Role | undefined {
  if (admin) return 'admin';
  // A folder may have the name of something that every object has.
  return [folder, '*'].map((name) => (Object.hasOwn(folders, name) ? folders[name] : undefined)).find(Boolean);
}

export function isAtLeast(role: Role | undefined, wanted: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[wanted];
}

/** So long the word of a provider stands without the person: what they have shared rests until they sign in again. */
const VOUCHED_MS = 30 * 86_400_000;

/** Whether what somebody once allowed others still counts. `now`: Unix ms. Pure. */
export function isVouched({ seen }: Pick<Account, 'seen'>, now: number): boolean {
  return seen === undefined || now - seen < VOUCHED_MS;
}
