import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Router } from 'express';
import { refuse } from '../contract/refusals.ts';
import { type Session, type SignedOut, SignIn, type Users as UserList } from '../contract/session.ts';
import { type Account, type Accounts, accountOf, roleIn } from '../people/accounts.ts';
import { createAttempts } from '../people/attempts.ts';
import type { Audit } from '../people/audit.ts';
import { type Guard, type Person, readCookie } from '../people/guard.ts';
import { START } from '../people/oidc/provider.ts';
import type { SignOn } from '../people/oidc/sign-on.ts';
import { checkPassword, hashPassword } from '../people/password.ts';
import type { Sessions } from '../people/sessions.ts';
import { createTurns } from '../people/turns.ts';
import type { Users } from '../people/users.ts';
import type { Page } from './page.ts';

const WINDOW_MS = 5 * 60_000;
/** Failed attempts within the window, per user and address, and per address. */
const TRIES = 10;
const TRIES_OF_ADDRESS = 50;
/** Each check takes 19 MiB, and a thread for 20 ms. */
const AT_ONCE = 4;
/** Sign-ins that wait for their check: an office that starts its day. */
const MOST_WAITING = 200;
/** Signing out does not wait longer for the provider. */
const SIGN_OUT_MS = 2000;

export interface SessionParts {
  page: Page;
  guard: Guard;
  users: Users;
  accounts: Accounts;
  sessions: Sessions;
  signOn: SignOn;
  /** The provider's ID tokens of signed-in users: it asks for them when they sign out. */
  idTokens: Map<string, string>;
  audit: Audit;
  /** Unix ms. */
  now: () => number;
}

/** Signing in with name and password, and out. Attempts are limited; an unknown name takes as long as a wrong password. */
export function sessionRoutes(parts: SessionParts): Router {
  const { page, guard, users, accounts, sessions, signOn, idTokens, audit, now } = parts;
  const router = Router();
  const byUser = createAttempts(TRIES, WINDOW_MS, now);
  const byAddress = createAttempts(TRIES_OF_ADDRESS, WINDOW_MS, now);
  const nobody = hashPassword('nobody has this password');
  const turns = createTurns(AT_ONCE, MOST_WAITING);
  const { name: cookie, options } = guard.cookie;

  async function describe(person: Person | undefined): Promise<Session> {
    return {
      site: page.site,
      network: page.network,
      user: person ? rightsOf(page, person.user) : null,
      csrf: person?.session.csrf ?? null,
      signIn: { password: users.all().length > 0, provider: await describeProvider(signOn, person === undefined) },
    };
  }

  router.get('/session', async (request, response) => {
    response.json(await describe(guard.personOf(request)));
  });

  router.post('/session', async (request, response) => {
    const { user: name, password } = SignIn.parse(request.body);
    const address = request.ip ?? '';
    const key = `${address} ${name}`;
    const account = await turns.run(async () => {
      const seconds = Math.max(byUser.wait(key), byAddress.wait(address));
      if (seconds > 0) {
        audit.note({ what: 'signInRefused', user: name, address });
        response.set('retry-after', String(seconds));
        throw refuse('tooManyTries', { seconds });
      }
      // Counted before the check, so that concurrent attempts count too.
      byUser.failed(key);
      byAddress.failed(address);
      const user = users.find(name);
      const hash = user?.password ?? decoy(users, name) ?? (await nobody);
      if (!(await checkPassword(password, hash)) || !user) {
        audit.note({ what: 'signInFailed', user: name, address });
        throw refuse('wrongSignIn');
      }
      audit.note({ what: 'signedIn', user: name, address });
      byUser.clear(key);
      // Only this one: who knows one password must not guess others without end.
      byAddress.forgive(address);
      return accountOf(user);
    });
    response.json(await describe(guard.begin(request, response, account)));
  });

  router.delete('/session', guard.signedIn, async (request, response) => {
    const id = readCookie(request, cookie);
    if (id !== undefined) sessions.end(id);
    const { user, session } = guard.person(response);
    audit.note({ what: 'signedOut', user: user.name, address: request.ip ?? '' });
    const idToken = idTokens.get(session.hash);
    idTokens.delete(session.hash);
    const there = user.seen === undefined ? undefined : signOn.current()?.provider.signOut(idToken);
    // The provider may not respond: the user is signed out here anyway.
    const asked = Promise.resolve(there).catch(() => undefined);
    const provider = await Promise.race([asked, wait(SIGN_OUT_MS, undefined, { ref: false })]);
    response.clearCookie(cookie, options).json({ provider: provider ?? null } satisfies SignedOut);
  });

  router.get('/users', guard.signedIn, (_request, response) => {
    if (!guard.person(response).user.admin) throw refuse('adminsOnly');
    const answer: UserList = { users: accounts.all().map((account) => withSeen(page, account)) };
    response.json(answer);
  });
  return router;
}

async function describeProvider(signOn: SignOn, ask: boolean): Promise<Session['signIn']['provider']> {
  const now = signOn.current();
  if (!now) return signOn.problem() === undefined ? null : { name: '', start: '', state: 'misconfigured' };
  // Irrelevant to users who are signed in.
  const answers = !ask || (await now.provider.answers());
  return { name: now.name, start: `${now.url}${START}`, state: answers ? 'ready' : 'unreachable' };
}

/**
 * For an unknown name the password is checked against somebody else's hash, always the same: it takes as long as one of
 * theirs.
 */
function decoy(users: Users, name: string): string | undefined {
  const all = users.all();
  return all[createHash('sha256').update(name).digest().readUInt32BE() % Math.max(1, all.length)]?.password;
}

const withSeen = (page: Page, account: Account): UserList['users'][number] => ({
  ...rightsOf(page, account),
  seen: account.seen === undefined ? null : new Date(account.seen).toISOString(),
});

function rightsOf(page: Page, user: Account): NonNullable<Session['user']> {
  const rights = page.folders().flatMap(({ name }) => {
    const role = roleIn(user, name);
    return role ? [[name, role] as const] : [];
  });
  return { name: user.name, admin: user.admin, folders: Object.fromEntries(rights) };
}
