import { timingSafeEqual } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Refused } from '../archive/restore.ts';

/** Lets pass who brings one of the tokens that hold now; nobody while there is none. */
export function bearer(...tokens: (() => string | undefined)[]): RequestHandler {
  return (request, _response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const ok = tokens.some((token) => {
      const wanted = Buffer.from(`Bearer ${token() ?? ''}`);
      return token() && given.length === wanted.length && timingSafeEqual(given, wanted);
    });
    next(ok ? undefined : new Refused('the token is missing or wrong', 401));
  };
}

export const notFound: RequestHandler = (_request, _response, next) =>
  next(new Refused('there is nothing at this address', 404));

/** Errors are problem+json (RFC 9457). */
export function problemJson(log: Logger): ErrorRequestHandler {
  return (error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const invalid = error instanceof z.ZodError || (error as { type?: string }).type === 'entity.parse.failed';
    const status = error instanceof Refused ? error.status : invalid ? 400 : 500;
    if (status === 500) log.error({ err: error }, 'a request failed');
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
