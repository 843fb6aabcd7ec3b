import type { RequestHandler } from 'express';

/** A request that was answered. `method`: one of those in use, or "other". */
export interface Answered {
  method: string;
  code: number;
  seconds: number;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Measures requests until their response has ended or was cut. Anyone can send any method: unknown ones are one label. */
export function timed(answered: (request: Answered) => void): RequestHandler {
  return ({ method }, response, next) => {
    const begun = performance.now();
    response.once('close', () => {
      const seconds = (performance.now() - begun) / 1000;
      answered({ method: METHODS.has(method) ? method : 'other', code: response.statusCode, seconds });
    });
    next();
  };
}
