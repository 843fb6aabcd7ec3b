import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { dirname } from 'node:path';
import express from 'express';
import { AGENT_API } from '../../base/agent-api.ts';
import { listen } from '../../base/listen.ts';
import { problem } from '../../problems/problem.ts';
import type { Endpoint } from '../../topology/site-plan.ts';
import { notFound, problemJson } from '../../web/http/errors.ts';
import { timed } from '../../web/http/timed.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { Contacts } from '../queries/contacts.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';
import { followFiles } from '../site/site-files.ts';
import { bearer } from './bearer.ts';
import { databaseErrors } from './database-errors.ts';
import { metricsRoute } from './metrics-route.ts';
import { probeRoutes, statusRoutes } from './routes.ts';

const ABOUT = 'certificate for the operator and monitoring';

/**
 * Serves status and metrics to the operator and to monitoring, over TLS and with a token of their own; nothing about files.
 * A renewed certificate is used at once. Rejects without a certificate, or when the address is in use.
 */
export async function exposeStatus(
  site: Site,
  at: Endpoint,
  links: Links,
  detector: Detector,
  contacts: Contacts,
): Promise<Server> {
  const { tls, keys } = site.dir;
  const read = () => ({
    cert: readFileSync(tls.certificate, 'utf8'),
    key: readFileSync(tls.key, 'utf8'),
    minVersion: 'TLSv1.2' as const,
  });
  const app = express();
  app.disable('x-powered-by');
  app.use(timed((request) => site.meters.answered('agent', request)));
  app.use(probeRoutes(site));
  app.use(
    bearer(
      () => site.secrets.operatorToken,
      () => site.secrets.alsoOperatorToken,
    ),
  );
  app.use(metricsRoute(site, links, detector, contacts));
  app.use(AGENT_API, statusRoutes(site, links, detector, contacts));
  app.use(notFound);
  app.use(databaseErrors(site));
  app.use(problemJson(site.log));
  const server = createServer(read(), app);
  await listen(server, at, (error) =>
    site.log.error({ err: error }, 'the port for the operator could not accept a connection'),
  );
  followFiles([keys, dirname(tls.certificate)], read, site, (context) => {
    try {
      server.setSecureContext(context);
      setProblem(site, ABOUT);
      site.log.info('a new certificate is in use');
    } catch (error) {
      setProblem(site, ABOUT, problem('statusCertificate', { why: (error as Error).message }));
    }
  });
  return server;
}
