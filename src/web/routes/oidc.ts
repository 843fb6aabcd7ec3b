import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { Refused } from '../../base/refused.ts';
import { type SignInTrouble, StartQuery } from '../contract/session.ts';
import { type Accounts } from '../people/accounts.ts';
import { createAttempts } from '../people/attempts.ts';
import type { Audit } from '../people/audit.ts';
import { type Guard, readCookie } from '../people/guard.ts';
import { type Expected, reasonOf, Unreachable } from '../people/oidc/provider.ts';
import { returnPath } from '../people/oidc/return-path.ts';
import type { SignOn } from '../people/oidc/sign-on.ts';
import { createTransactions, TRANSACTION_MS } from '../people/oidc/transaction.ts';

const WINDOW_MS = 5 * 60_000;
/** Failed callbacks from one address within the window: each costs a request to the provider. */
const TRIES = 50;
const AT_ONCE = 8;
/** Tokens that are kept for signing out. */
const MAX_TOKENS = 1000;

export interface OidcParts {
  guard: Guard;
  accounts: Accounts;
  signOn: SignOn;
  idTokens: Map<string, string>;
  /** Names that users must not have: those of the sites. */
  reserved: () => string[];
  audit: Audit;
  log: Logger;
  /** Unix ms. */
  now: () => number;
}

/**
 * Sign-in with an OpenID Connect provider: the authorization code flow with PKCE, state and nonce. Every redirect target
 * comes from the settings or is a path of this page, never from the request. Errors are shown by the page.
 */
export function oidcRoutes({ guard, accounts, signOn, idTokens, reserved, audit, log, now }: OidcParts): Router {
  const router = Router();
  const transactions = createTransactions(now);
  const failures = createAttempts(TRIES, WINDOW_MS, now);
  let redeeming = 0;
  const cookie = `${guard.cookie.name}_oidc`;
  // The provider redirects the browser back: it would not send a strict cookie.
  const options = { ...guard.cookie.options, sameSite: 'lax' } as const;

  router.get('/session/oidc/start', async (request, response) => {
    onlyGet(request);
    const to = returnPath(StartQuery.parse(request.query).to);
    const current = signOn.current();
    if (!current) return back(response, to, 'unreachable');
    const expected: Expected = { state: secret(), nonce: secret(), verifier: secret() };
    try {
      const there = await current.provider.authorize(expected);
      const sealed = transactions.seal({ ...expected, at: current.at, to });
      const secure = options.secure === true || isTls(current.url);
      response.cookie(cookie, sealed, { ...options, secure, maxAge: TRANSACTION_MS });
      response.redirect(303, there);
    } catch (error) {
      // In any case the browser must be shown a page, not an API error.
      log.warn({ reason: reasonOf(error) }, 'nobody can be sent to the provider of sign-in');
      back(response, to, 'unreachable');
    }
  });

  router.get('/session/oidc/callback', async (request, response) => {
    onlyGet(request);
    const sealed = readCookie(request, cookie);
    response.clearCookie(cookie, options);
    const state = request.query.state;
    const begun = sealed !== undefined && typeof state === 'string' ? transactions.take(sealed, state) : undefined;
    const current = signOn.current();
    if (!begun || !current || current.at !== begun.at) return back(response, begun?.to ?? '/', 'stale');
    const address = request.ip ?? '';
    if (redeeming >= AT_ONCE || failures.wait(address) > 0) return back(response, begun.to, 'busy');
    failures.failed(address);
    redeeming++;
    try {
      const { subject, claims, idToken } = await current.provider.redeem(queryOf(request), begun);
      failures.forgive(address);
      const taken = [...reserved(), ...accounts.all().flatMap(({ seen, name }) => (seen === undefined ? [name] : []))];
      const account = signOn.signIn(subject, claims, taken);
      if (!account) return back(response, begun.to, 'no-rights');
      const { session } = guard.begin(request, response, account, {
        lifeMs: current.sessionMs,
        secure: isTls(current.url),
      });
      remember(idTokens, session.hash, idToken);
      audit.note({ what: 'signedIn', user: account.name, address });
      response.redirect(303, begun.to);
    } catch (error) {
      const why = troubleOf(error);
      log.warn({ reason: reasonOf(error) }, 'nobody was signed in by the provider');
      back(response, begun.to, why);
    } finally {
      redeeming--;
    }
  });
  return router;
}

/** HEAD would use up single-use values. */
function onlyGet({ method }: Request): void {
  if (method !== 'GET') throw new Refused('this address is a redirect target: use GET', 405);
}

/** To the requested screen, which says why the user is not signed in. */
function back(response: Response, to: string, why: SignInTrouble): void {
  const url = new URL(to, 'https://page.invalid');
  url.searchParams.set('sign-in', why);
  response.redirect(303, `${url.pathname}${url.search}`);
}

function troubleOf(error: unknown): SignInTrouble {
  if (error instanceof Unreachable) return 'unreachable';
  // RFC 6749, 4.1.2.1: the provider's error response.
  return (error as Error).name === 'AuthorizationResponseError' ? 'denied' : 'refused';
}

function remember(tokens: Map<string, string>, hash: string, idToken: string): void {
  tokens.set(hash, idToken);
  if (tokens.size > MAX_TOKENS) tokens.delete(tokens.keys().next().value!);
}

const isTls = (url: string) => url.startsWith('https:');

const queryOf = ({ originalUrl }: Request) => originalUrl.split('?').slice(1).join('?');

const secret = () => randomBytes(32).toString('base64url');
