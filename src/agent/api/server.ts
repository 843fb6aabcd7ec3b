import { createServer, type Server } from 'node:http';
import express, { Router } from 'express';
import { z } from 'zod';
import { AGENT_API } from '../../base/agent-api.ts';
import { delay } from '../../base/delay.ts';
import { listen } from '../../base/listen.ts';
import { Refused } from '../../base/refused.ts';
import { notFound, problemJson } from '../../web/http/errors.ts';
import { parseQuery } from '../../web/http/query.ts';
import { timed } from '../../web/http/timed.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import { beyond } from '../queries/behind.ts';
import { type Contacts, clockAhead } from '../queries/contacts.ts';
import { list } from '../queries/list.ts';
import { log } from '../queries/log.ts';
import { isOpening } from '../queries/ready.ts';
import { agentStatus } from '../queries/status.ts';
import { why } from '../queries/why.ts';
import type { Site } from '../site/site.ts';
import { bearer } from './bearer.ts';
import { databaseErrors } from './database-errors.ts';
import { heldRoutes } from './held-routes.ts';
import { metricsRoute } from './metrics-route.ts';
import { question } from './question.ts';
import { restoreRoutes } from './restore.ts';
import { retentionRoutes } from './retention.ts';
import { probeRoutes, statusRoutes } from './routes.ts';
import { verifyRoutes } from './verify.ts';

const OPENING_MS = 20;

/** Serves the agent API on this site's loopback. Everything but the probes needs the site's token. */
export async function serveApi(site: Site, links: Links, detector: Detector, contacts: Contacts): Promise<Server> {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', parseQuery);
  app.use(timed((request) => site.meters.answered('agent', request)));
  app.use(probeRoutes(site));
  app.use(bearer(() => site.secrets.apiToken));
  app.use(express.json({ limit: '64kb' }));
  app.use(metricsRoute(site, links, detector, contacts));
  const api = Router();
  // Tells whoever started an agent that it is this one that answers on its port.
  api.get('/site', (_request, response) => {
    response.json({ network: site.plan.network, site: site.plan.site });
  });
  api.use(statusRoutes(site, links, detector, contacts));
  api.post('/settle', async (_request, response) => {
    while (isOpening(site, detector) && !site.signal.aborted) await delay(OPENING_MS, site.signal);
    await detector.settled();
    response.json(await agentStatus(site, links, detector));
  });
  api.get('/beyond', async (request, response) => {
    const { of, origin, seq } = BeyondQuery.parse(request.query);
    for (const name of [of, origin])
      if (!site.plan.sites.some((one) => one.name === name)) throw new Refused(`there is no site "${name}" here`, 404);
    response.json(await beyond(site, of, origin, seq, clockAhead(contacts.of(origin))));
  });
  api.get('/ls', async (request, response) => {
    const { folder, path } = question(site, request.query);
    response.json({ entries: await list(site, folder, path) });
  });
  api.get('/why', async (request, response) => {
    const { folder, path } = question(site, request.query);
    const answer = await why(site, folder, path);
    if (!answer) throw new Refused(`no version of this path is known at ${site.plan.site}`, 404);
    response.json(answer);
  });
  api.get('/log', async (request, response) => {
    const { folder, path } = question(site, request.query);
    response.json({ versions: await log(site, folder, path) });
  });
  api.use(heldRoutes(site));
  api.use(restoreRoutes(site, links));
  api.use(retentionRoutes(site));
  api.use(verifyRoutes(site, links));
  app.use(AGENT_API, api);
  app.use(notFound);
  app.use(databaseErrors(site));
  app.use(problemJson(site.log));
  const server = createServer(app);
  await listen(server, { port: site.plan.ports.api, host: '127.0.0.1' }, (error) =>
    site.log.error({ err: error }, 'the API could not accept a connection'),
  );
  return server;
}

const BeyondQuery = z.strictObject({
  of: z.string().max(63),
  origin: z.string().max(63),
  seq: z.coerce.number().int().min(0),
});
