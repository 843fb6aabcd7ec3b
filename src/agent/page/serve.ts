import type { Server } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { problem } from '../../problems/problem.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { serveWeb } from '../../web/server.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { Contacts } from '../queries/contacts.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';
import { firstCertificate, followCertificate } from './follow-certificate.ts';
import { createPage } from './page.ts';

/** Serves the page of this site: by TLS wherever others than this machine reach it. Rejects when it cannot. */
export async function servePage(
  site: Site,
  listen: Endpoint,
  links: Links,
  detector: Detector,
  contacts: Contacts,
): Promise<Server> {
  const { dir, log, now, signal } = site;
  const { state } = dir.page;
  const tls = await firstCertificate(site, listen);
  const server = await serveWeb({
    page: createPage(site, links, detector, contacts),
    listen,
    ...(tls && { tls }),
    files: {
      users: dir.page.users,
      sessions: join(state, 'sessions.json'),
      shares: join(state, 'shares.json'),
      persons: join(state, 'persons.json'),
      audit: join(state, 'audit.jsonl'),
    },
    oidc: {
      file: dir.page.oidc,
      secret: dir.page.oidcSecret,
      authority: dir.page.oidcAuthority,
      planned: () => site.plan.oidc,
    },
    proxies: () => site.plan.trustedProxies ?? [],
    sites: () => site.plan.sites.map(({ name }) => name),
    trouble: (about, why) => setProblem(site, about, why === undefined ? undefined : problem(about, { why })),
    answered: (request) => site.meters.answered('page', request),
    log,
    signal,
    now,
  });
  followCertificate(site, listen, tls, (next) => {
    // Connections that are open keep theirs.
    if (server instanceof HttpsServer) server.setSecureContext({ ...next, minVersion: 'TLSv1.2' });
  });
  return server;
}
