import { timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';
import { Refused } from '../../base/refused.ts';
import { refuse } from '../contract/refusals.ts';
import type { Role } from '../contract/session.ts';
import { type Account, type Accounts, isAtLeast, roleIn } from './accounts.ts';
import { isProven, type Session, type Sessions } from './sessions.ts';

/** The signed-in user of a request. */
export interface Person {
  user: Account;
  session: Session;
}

export interface Guard {
  /** Who is signed in, if anybody. */
  personOf(request: Request): Person | undefined;
  /** The user of a request that has passed {@link signedIn}. */
  person(response: Response): Person;
  signedIn: RequestHandler;
  /** Throws unless the user has that role there; a folder that they may not see does not exist. */
  need(response: Response, folder: string, role: Role): Person;
  /** Signs in this account instead of the current one. `secure`: a proxy speaks TLS for a page that does not. */
  begin(request: Request, response: Response, account: Account, more?: { lifeMs: number; secure: boolean }): Person;
  cookie: { name: string; options: CookieOptions };
}

/** Cookies do not distinguish ports: sites on one machine need different names. */
const cookieName = (site: string, secure: boolean) => `${secure ? '__Host-' : ''}sitesync_${site}`;

export function createGuard(site: string, secure: boolean, accounts: Accounts, sessions: Sessions): Guard {
  const name = cookieName(site, secure);
  const options = { httpOnly: true, sameSite: 'strict', secure, path: '/' } as const;
  function personOf(request: Request): Person | undefined {
    const id = readCookie(request, name);
    const session = id === undefined ? undefined : sessions.find(id);
    const user = session && accounts.find(session.user);
    return session && user && isProven(user, session) ? { user, session } : undefined;
  }
  const person = (response: Response) => response.locals.person as Person;
  return {
    personOf,
    person,
    begin(request, response, account, more) {
      const before = readCookie(request, name);
      if (before !== undefined) sessions.end(before);
      const id = sessions.begin(account, more?.lifeMs);
      response.cookie(name, id, { ...options, secure: secure || more?.secure === true });
      return { user: account, session: sessions.find(id)! };
    },
    cookie: { name, options },
    signedIn(request, response, next) {
      const found = personOf(request);
      if (!found) throw refuse('signedOut');
      if (!isReading(request) && !isSame(request.get('x-csrf-token') ?? '', found.session.csrf))
        throw refuse('staleForm');
      response.locals.person = found;
      next();
    },
    need(response, folder, role) {
      const one = person(response);
      const has = roleIn(one.user, folder);
      if (has === undefined) throw refuse('notYourFolder', { folder });
      if (!isAtLeast(has, role)) throw refuse('needsRole', { role, folder });
      return one;
    },
  };
}

/** RFC 9110: these methods change nothing. */
const isReading = ({ method }: Request) => method === 'GET' || method === 'HEAD';

/** Rejects requests caused by another site's page. Browsers mark them; other programs have no cookies to misuse. */
export const sameOrigin: RequestHandler = (request, _response, next) => {
  const from = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const foreign =
    (from !== undefined && from !== 'same-origin' && from !== 'none') ||
    (origin !== undefined && hostOf(origin) !== request.get('host'));
  next(foreign && !isReading(request) ? new Refused('cross-site request refused', 403) : undefined);
};

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

export function readCookie(request: Request, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(/; */);
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
