import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Endpoint } from '../../topology/site-plan.ts';
import { serveWeb } from '../../web/server.ts';
import type { Detector } from '../detect/detector.ts';
import type { Contacts } from '../health/contacts.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';
import { pageTls } from './certificate.ts';
import { createPage } from './page.ts';

/** Serves the page of this site: by TLS wherever others than this machine reach it. Rejects when it cannot. */
export async function servePage(
  site: Site,
  listen: Endpoint,
  links: Links,
  detector: Detector,
  contacts: Contacts,
): Promise<Server> {
  const { dir, log, now } = site;
  const { state } = dir.page;
  const tls = await pageTls(dir, site.plan.site, listen, now());
  return serveWeb({
    page: createPage(site, links, detector, contacts),
    listen,
    ...(tls && { tls }),
    files: { users: dir.page.users, sessions: join(state, 'sessions.json'), shares: join(state, 'shares.json') },
    log,
    now,
  });
}
