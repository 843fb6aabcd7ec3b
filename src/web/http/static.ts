import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';

/** The built page. */
const BUILT = fileURLToPath(new URL('../../../dist/page', import.meta.url));

/**
 * Serves the page: files with a hash in their name never change; every other address is the single document, which routes
 * by itself. Files with a `.br` or `.gz` beside them are sent compressed to clients that accept it.
 */
export function servePage(folder = BUILT): Router {
  const router = Router();
  const assets = join(folder, 'assets');
  router.use('/assets', packed(assets));
  router.use('/assets', express.static(assets, { immutable: true, maxAge: '1y', fallthrough: false }));
  router.use(express.static(folder, { index: false, maxAge: 0 }));
  router.get('/{*any}', (request, response, next) => {
    if (request.path.startsWith('/api/') || !request.accepts('html')) return next();
    if (!existsSync(join(folder, 'index.html'))) return next();
    response.set('cache-control', 'no-cache').sendFile(join(folder, 'index.html'));
  });
  return router;
}

const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

function packed(folder: string): RequestHandler {
  return (request, response, next) => {
    const name = /^\/([\w.-]+)\.(js|css|svg)$/.exec(request.path);
    if (!name) return next();
    response.vary('accept-encoding');
    const encoding = ENCODINGS.find(
      ([token, suffix]) => request.acceptsEncodings(token) && existsSync(join(folder, `${name[0]}${suffix}`)),
    );
    if (!encoding) return next();
    response.type(name[2]!).set('content-encoding', encoding[0]);
    request.url += encoding[1];
    express.static(folder, {
      immutable: true,
      maxAge: '1y',
      fallthrough: false,
      setHeaders: (sent) => void sent.type(name[2]!),
    })(request, response, next);
  };
}
