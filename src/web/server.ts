import { createServer as createHttp, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import express from 'express';
import type { Logger } from 'pino';
import { listen } from '../base/listen.ts';
import { openApiDocument } from './contract/openapi.ts';
import { PAGE_API } from './contract/page-api.ts';
import { limitConnections } from './http/connection-limit.ts';
import { notFound, problemJson } from './http/errors.ts';
import { limitOpen } from './http/open-limit.ts';
import { parseQuery } from './http/query.ts';
import { dropUnreadBody, requireTimelyBody, securityHeaders } from './http/security.ts';
import { servePage } from './http/static.ts';
import { type Answered, timed } from './http/timed.ts';
import { trustedProxies } from './http/trusted-proxies.ts';
import { joinAccounts, roleIn } from './people/accounts.ts';
import { openAudit } from './people/audit.ts';
import { createGuard, sameOrigin } from './people/guard.ts';
import { openPersons } from './people/oidc/persons.ts';
import { followOidc, type OidcSources } from './people/oidc/settings.ts';
import { createSignOn } from './people/oidc/sign-on.ts';
import { openSessions } from './people/sessions.ts';
import { openShares } from './people/shares.ts';
import { followUsers } from './people/users.ts';
import { auditRoutes } from './routes/audit.ts';
import { browseRoutes } from './routes/browse.ts';
import { changeRoutes } from './routes/change.ts';
import { streamEvents } from './routes/events.ts';
import { heldRoutes } from './routes/held.ts';
import { oidcRoutes } from './routes/oidc.ts';
import type { Page } from './routes/page.ts';
import { publicRoutes } from './routes/public.ts';
import { queryRoutes } from './routes/queries.ts';
import { sessionRoutes } from './routes/session.ts';
import { shareRoutes } from './routes/shares.ts';
import { asIs, createUploads, UPLOAD_METHODS } from './routes/uploads.ts';

export interface WebOptions {
  page: Page;
  listen: { host: string; port: number };
  /** PEM. Without it the page uses plain HTTP, on loopback only. */
  tls?: { cert: string; key: string };
  files: { users: string; sessions: string; shares: string; persons: string; audit: string };
  oidc: OidcSources;
  /** Addresses and ranges of the proxies in front of the page, as they are now. */
  proxies: () => readonly string[];
  /** Names of sites: in the history they stand for the sites themselves. */
  sites: () => string[];
  /** Called with what is wrong with a part of the page, or with undefined when it works. */
  trouble: (about: 'pageUsers' | 'signIn', why: string | undefined) => void;
  /** Called with each request that was answered. */
  answered: (request: Answered) => void;
  log: Logger;
  /** Stops the watching of files; the server is closed by its caller. */
  signal: AbortSignal;
  /** Unix ms. */
  now: () => number;
}

const CLEAN_MS = 3_600_000;
/** Idle time-out of a connection. */
const IDLE_MS = 60_000;
/** Windows per user. */
const STREAMS = 50;
const MAX_CONNECTIONS = 2000;
/** Room for others remains. Behind a proxy that is not trusted, all users are one client. */
const MAX_PER_CLIENT = 1000;

/** Serves a site's page and its API. Rejects when the address is in use. */
export async function serveWeb(options: WebOptions): Promise<Server> {
  const { page, log, now, files, tls, signal } = options;
  const secure = tls !== undefined;
  const users = followUsers(files.users, (why) => options.trouble('pageUsers', why), signal);
  const settings = followOidc(options.oidc, (why) => options.trouble('signIn', why), signal);
  const signOn = createSignOn(settings, openPersons(files.persons, now), now);
  const accounts = joinAccounts(users, signOn);
  const idTokens = new Map<string, string>();
  const sessions = openSessions(files.sessions, now);
  const shares = openShares(files.shares, now);
  const audit = openAudit(files.audit, now, (err) => log.warn({ err }, 'the audit log could not be written'));
  const guard = createGuard(page.site, secure, accounts, sessions);
  const uploads = createUploads(page, log, now);

  const app = express();
  app.disable('x-powered-by');
  const isProxy = (address: string) => trustedProxies(options.proxies())(address);
  app.set('trust proxy', isProxy);
  // Every JSON response has an ETag: If-None-Match saves sending it again.
  app.set('etag', 'weak');
  app.set('query parser', parseQuery);
  app.use(timed(options.answered));
  app.use(securityHeaders);
  app.use(dropUnreadBody);
  const api = express.Router();
  api.use(sameOrigin);
  api.use((_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  const document = openApiDocument(page.version);
  api.get('/openapi.json', (_request, response) => void response.json(document));
  const json = [requireTimelyBody(), express.json({ limit: '4mb' })];
  // Before signing in, requests are short.
  const short = [requireTimelyBody(), express.json({ limit: '16kb' })];
  api.use('/session', short);
  api.use(sessionRoutes({ page, guard, users, accounts, sessions, signOn, idTokens, audit, now }));
  api.use(oidcRoutes({ guard, accounts, signOn, idTokens, reserved: options.sites, audit, log, now }));
  api.use('/public/:token/unlock', short);
  api.use('/public', publicRoutes(page, { shares, accounts, uploads, audit, secure, now }));
  api.use(guard.signedIn);
  api.use('/folders/:folder/uploads', async (request, response, next) => {
    if (!UPLOAD_METHODS.has(request.method)) return next();
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const target = { folder, author: user.name, owner: `user ${user.id}`, place: asIs };
    await uploads.handle(request, response, `${PAGE_API}/folders/${folder}/uploads`, target);
  });
  const streams = limitOpen(STREAMS, 'tooManyWindows');
  api.get('/events', (request, response) => {
    const stillMay = () => {
      const person = guard.personOf(request);
      if (!person) throw new Error('signed out');
      return (folder: string) => roleIn(person.user, folder) !== undefined;
    };
    streams.open(guard.person(response).user.id, response);
    streamEvents(request, response, page.subscribe, stillMay);
  });
  api.use(json);
  api.use(browseRoutes(page, guard));
  api.use(changeRoutes(page, guard));
  api.use(queryRoutes(page, guard));
  api.use(heldRoutes(page, guard));
  api.use(shareRoutes(page, guard, shares, audit, now));
  api.use(auditRoutes(guard, audit));
  api.use(notFound);
  app.use(PAGE_API, api);
  app.use(servePage());
  app.use(notFound);
  app.use(problemJson(log));

  const server = tls ? createHttps({ ...tls, minVersion: 'TLSv1.2' }, app) : createHttp(app);
  // An upload may take hours; what counts is that it progresses.
  server.requestTimeout = 0;
  server.headersTimeout = 20_000;
  server.setTimeout(IDLE_MS);
  // Whatever happens here must not affect syncing.
  server.maxConnections = MAX_CONNECTIONS;
  limitConnections(server, MAX_PER_CLIENT, isProxy);
  const cleaning = setInterval(() => {
    uploads.clean().catch((error: Error) => log.warn({ err: error }, 'abandoned uploads could not be removed'));
    audit
      .clean()
      .catch((error: Error) => log.warn({ err: error }, 'old records of the audit log could not be removed'));
  }, CLEAN_MS);
  server.once('close', () => clearInterval(cleaning));
  await listen(server, options.listen, (error) => log.error({ err: error }, 'the page could not accept a connection'));
  return server;
}
