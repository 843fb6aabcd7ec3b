import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { z } from 'zod';
import { decodeApiPath } from '../../base/api-path.ts';
import type { BytePath } from '../../base/bytes.ts';
import { Refused, restore } from '../archive/restore.ts';
import type { Detector } from '../detect/detector.ts';
import { list, log, why } from '../health/explain.ts';
import { metricsText } from '../health/metrics.ts';
import { siteStatus } from '../health/status.ts';
import { formatId } from '../journal/version.ts';
import type { Links } from '../links.ts';
import type { Site } from '../site.ts';

/**
 * The agent's API on this site's loopback. Everything but the health check needs the site's token. Errors are
 * problem+json (RFC 9457).
 */
export async function serveApi(site: Site, links: Links, detector: Detector): Promise<Server> {
  const app = express();
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ ok: true }));
  app.use(bearer(() => site.secrets.apiToken));
  app.use(express.json({ limit: '64kb' }));
  app.get('/metrics', async (_request, response) => {
    const status = await siteStatus(site, links, detector);
    response.type('text/plain; version=0.0.4').send(await metricsText(status));
  });
  app.get('/api/v1/status', async (_request, response) => void response.json(await siteStatus(site, links, detector)));
  app.post('/api/v1/settle', async (_request, response) => {
    await detector.settled();
    response.json(await siteStatus(site, links, detector));
  });
  app.get('/api/v1/ls', async (request, response) => {
    const { folder, path } = question(site, request.url);
    response.json({ entries: await list(site, folder, path) });
  });
  app.get('/api/v1/why', async (request, response) => {
    const { folder, path } = question(site, request.url);
    const answer = await why(site, folder, path);
    if (!answer) throw new Refused(`no version of this path is known at ${site.plan.site}`, 404);
    response.json(answer);
  });
  app.get('/api/v1/log', async (request, response) => {
    const { folder, path } = question(site, request.url);
    response.json({ versions: await log(site, folder, path) });
  });
  app.post('/api/v1/restore', async (request, response) => {
    const { folder, path, version } = RestoreBody.parse(request.body);
    const restored = await restore(site, links, folder, decodeApiPath(path), version);
    response.json({ version: formatId(restored) });
  });
  app.use((_request, _response, next) => next(new Refused('there is nothing at this address', 404)));
  app.use(problemJson(site));
  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(site.plan.ports.api, '127.0.0.1', resolve);
  });
  site.signal.addEventListener('abort', () => server.close(), { once: true });
  return server;
}

const RestoreBody = z.strictObject({
  folder: z.string().max(63),
  path: z.string().max(12_300),
  version: z.string().max(80),
});

/** Folder and path of a question. The query is read raw: paths are bytes, and Express would decode them as UTF-8. */
function question(site: Site, url: string): { folder: string; path: BytePath } {
  const query = new Map(
    (url.split('?')[1] ?? '').split('&').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
  const folder = decodeApiPath(query.get('folder') ?? '');
  if (!site.plan.folders.some((f) => f.name === folder))
    throw new Refused(`the folder "${folder}" is not at ${site.plan.site}`, 404);
  return { folder, path: decodeApiPath(query.get('path') ?? '') };
}

function bearer(token: () => string): RequestHandler {
  return (request, _response, next) => {
    const wanted = Buffer.from(`Bearer ${token()}`);
    const given = Buffer.from(request.headers.authorization ?? '');
    const ok = given.length === wanted.length && timingSafeEqual(given, wanted);
    next(ok ? undefined : new Refused('the token is missing or wrong', 401));
  };
}

function problemJson(site: Site): ErrorRequestHandler {
  return (error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const invalid = error instanceof z.ZodError || (error as { type?: string }).type === 'entity.parse.failed';
    const status = error instanceof Refused ? error.status : invalid ? 400 : 500;
    if (status === 500) site.log.error({ err: error }, 'a request failed');
    const detail = status === 500 ? 'the site could not answer; its log says why' : error.message;
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ title: titleOf(status), detail, status }));
  };
}

function titleOf(status: number): string {
  return (
    { 400: 'Bad request', 401: 'Not signed in', 404: 'Not found', 409: 'Conflict' }[status] ?? 'Trouble at this site'
  );
}
