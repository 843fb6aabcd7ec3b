import { timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { Refused } from '../../base/refused.ts';

/** Accepts requests with one of the current tokens; none while there is no token. */
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
