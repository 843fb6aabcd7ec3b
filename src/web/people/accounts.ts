import type { Role } from '../contract/session.ts';
import type { Users } from './users.ts';

/** Somebody who may sign in, whatever the source. */
export interface Account {
  /** The owner of sessions, shares and uploads; internal to this site. */
  id: string;
  /** As shown in lists and history. */
  name: string;
  /** All rights in every folder, and on the users. */
  admin: boolean;
  /** By folder; "*" stands for all others. */
  folders: Record<string, Role>;
  /** What identified the user when a session began: once it changes, the session is invalid. */
  proof: string;
  /** Unix ms: when the provider last vouched for the user; absent for users of the site's own file. */
  seen?: number;
}

export interface Accounts {
  find(id: string): Account | undefined;
  all(): Account[];
}

/** The users of the site's file, whose id is their name, and those from the provider, whose ids cannot be names. */
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

/** The role of an account in a folder; undefined: as if the folder did not exist. Pure. */
export function roleIn({ admin, folders }: Pick<Account, 'admin' | 'folders'>, folder: string): Role | undefined {
  if (admin) return 'admin';
  // A folder may be named like a property of every object.
  return [folder, '*'].map((name) => (Object.hasOwn(folders, name) ? folders[name] : undefined)).find(Boolean);
}

export function isAtLeast(role: Role | undefined, wanted: Role): boolean {
  return role !== undefined && RANK[role] >= RANK[wanted];
}

/** How long a provider's word counts without the user: after that their shares are suspended until they sign in again. */
const VOUCHED_MS = 30 * 86_400_000;

/** Whether what somebody shared still counts. `now`: Unix ms. Pure. */
export function isVouched({ seen }: Pick<Account, 'seen'>, now: number): boolean {
  return seen === undefined || now - seen < VOUCHED_MS;
}
