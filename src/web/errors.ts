import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { explain } from '../api/explain.ts';
import { Refused } from '../base/refused.ts';

export const notFound: RequestHandler = (_request, _response, next) =>
  next(new Refused('there is nothing at this address', 404));

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not that way',
  409: 'Conflict',
  412: 'It was changed meanwhile',
  413: 'Too large',
  423: 'In use',
  429: 'Too many tries',
  503: 'Not ready',
  507: 'The disk is full',
};

export const PROBLEM = 'application/problem+json';

export const problemText = (status: number, detail: string) =>
  JSON.stringify({ title: TITLES[status] ?? 'Trouble at this site', detail, status });

/** Errors are problem+json (RFC 9457). */
export function problemJson(log: Logger): ErrorRequestHandler {
  return (error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const { status, detail } = describeError(error);
    if (status === 500) log.error({ err: error }, 'a request failed');
    response.status(status).type(PROBLEM).send(problemText(status, detail));
  };
}

/** The status of an error and a sentence for people; what is no fault of the asker is told to the log only. */
export function describeError(error: Error): { status: number; detail: string } {
  if (error instanceof Refused) return { status: error.status, detail: error.message };
  if (error instanceof z.ZodError) return { status: 400, detail: error.issues.map(sentence).join('; ') };
  const { code, status } = error as NodeJS.ErrnoException & { status?: number };
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { status: 507, detail: 'the disk of this site is full: free some space, then try again' };
  // What Express and its parsers refuse.
  if (status !== undefined && status >= 400 && status < 500) return { status, detail: error.message };
  return { status: 500, detail: 'the site could not answer; its log says why' };
}

function sentence(issue: z.core.$ZodIssue): string {
  const { reason, remedy } = explain(issue);
  return `${issue.path.join('.') || 'the request'} ${reason}: ${remedy}`;
}
