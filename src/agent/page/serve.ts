import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { isLoopback } from '../../api/address.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { serveWeb } from '../../web/server.ts';
import type { Detector } from '../detect/detector.ts';
import type { Contacts } from '../health/contacts.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';
import { createPage } from './page.ts';

/** Serves the page of this site: by TLS wherever others than this machine reach it. Rejects when it cannot. */
export function servePage(
  site: Site,
  listen: Endpoint,
  links: Links,
  detector: Detector,
  contacts: Contacts,
): Promise<Server> {
  const { dir, log, now } = site;
  const state = join(dir.state, 'page');
  const tls = existsSync(dir.page.certificate)
    ? { cert: readFileSync(dir.page.certificate, 'utf8'), key: readFileSync(dir.page.key, 'utf8') }
    : undefined;
  if (!tls && !isLoopback(listen))
    throw new Error(
      `the page would be open at ${listen.host} without TLS: put a certificate at ${dir.page.certificate}`,
    );
  return serveWeb({
    page: createPage(site, links, detector, contacts),
    listen,
    ...(tls && { tls }),
    files: { users: dir.page.users, sessions: join(state, 'sessions.json'), shares: join(state, 'shares.json') },
    log,
    now,
  });
}
