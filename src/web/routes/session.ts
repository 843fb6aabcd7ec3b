import { Router } from 'express';
import { Refused } from '../../base/refused.ts';
import { type Session, SignIn, type Users as UserList } from '../contract/session.ts';
import type { Page } from '../page.ts';
import { createAttempts } from '../people/attempts.ts';
import type { Guard, Person } from '../people/guard.ts';
import { readCookie } from '../people/guard.ts';
import { checkPassword, hashPassword } from '../people/password.ts';
import type { Sessions } from '../people/sessions.ts';
import { roleIn, type User, type Users } from '../people/users.ts';

const WINDOW_MS = 5 * 60_000;
/** Failed tries in the window, of one user from one address and of one address. */
const TRIES = 10;
const TRIES_OF_ADDRESS = 50;
/** Each check takes 19 MiB and a thread for 20 ms. */
const AT_ONCE = 4;

/** Signing in and out. Tries are limited; an unknown name takes as long as a wrong password. */
export function sessionRoutes(page: Page, guard: Guard, users: Users, sessions: Sessions, now: () => number): Router {
  const router = Router();
  const byUser = createAttempts(TRIES, WINDOW_MS, now);
  const byAddress = createAttempts(TRIES_OF_ADDRESS, WINDOW_MS, now);
  const nobody = hashPassword('nobody has this password');
  let checking = 0;
  const { name: cookie, secure } = guard.cookie;
  const options = { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const;

  router.get('/session', (request, response) => void response.json(describe(page, guard.personOf(request))));

  router.post('/session', async (request, response) => {
    const { user: name, password } = SignIn.parse(request.body);
    const address = request.ip ?? '';
    const keys = [byUser.wait(`${address} ${name}`), byAddress.wait(address)];
    const wait = Math.max(...keys);
    if (wait > 0 || checking >= AT_ONCE) {
      response.set('retry-after', String(Math.max(1, wait)));
      throw new Refused(`too many tries: wait ${Math.max(1, wait)} seconds`, 429);
    }
    const user = users.find(name);
    checking++;
    // Counted before the check: tries that run at the same time count too.
    byUser.failed(`${address} ${name}`);
    byAddress.failed(address);
    const right = await checkPassword(password, user?.password ?? (await nobody)).finally(() => checking--);
    if (!user || !right) throw new Refused('the name or the password is wrong', 401);
    byUser.succeeded(`${address} ${name}`);
    byAddress.succeeded(address);
    const id = sessions.begin(user);
    response.cookie(cookie, id, options);
    response.json(describe(page, { user, session: sessions.find(id)! }));
  });

  router.delete('/session', guard.signedIn, (request, response) => {
    const id = readCookie(request, cookie);
    if (id !== undefined) sessions.end(id);
    response.clearCookie(cookie, options).status(204).end();
  });

  router.get('/users', guard.signedIn, (_request, response) => {
    if (!guard.person(response).user.admin) throw new Refused('only an admin may see the users', 403);
    const answer: UserList = { users: users.all().map((user) => rightsOf(page, user)) };
    response.json(answer);
  });
  return router;
}

function describe(page: Page, person: Person | undefined): Session {
  return {
    site: page.site,
    network: page.network,
    user: person ? rightsOf(page, person.user) : null,
    csrf: person?.session.csrf ?? null,
  };
}

function rightsOf(page: Page, user: User): UserList['users'][number] {
  const rights = page.folders().flatMap(({ name }) => {
    const role = roleIn(user, name);
    return role ? [[name, role] as const] : [];
  });
  return { name: user.name, admin: user.admin, folders: Object.fromEntries(rights) };
}
