import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { explainIssue } from '../../api/explain.ts';
import { Refused, type Said } from '../../base/refused.ts';
import { refuse } from '../contract/refusals.ts';

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

export interface ErrorDescription {
  status: number;
  /** A sentence for users, in English. */
  detail: string;
  /** The same for programs, such as the page in another language. */
  said?: Said | undefined;
}

export const problemText = ({ status, detail, said }: ErrorDescription) =>
  JSON.stringify({ title: TITLES[status] ?? 'Trouble at this site', detail, status, ...said });

/** Responds to errors with problem+json (RFC 9457). */
export function problemJson(log: Logger): ErrorRequestHandler {
  return (error: Error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const described = describeError(error);
    if (described.status === 500) log.error({ err: error }, 'a request failed');
    response.status(described.status).type(PROBLEM).send(problemText(described));
  };
}

/** The error as reported to the client; what is not its fault goes to the log only. */
export function describeError(error: Error): ErrorDescription {
  if (error instanceof Refused) return { status: error.status, detail: error.message, said: error.said };
  if (error instanceof z.ZodError) return { status: 400, detail: error.issues.map(sentence).join('; ') };
  const { code, status } = error as NodeJS.ErrnoException & { status?: number };
  if (code === 'ENOSPC' || code === 'EDQUOT') return describeError(refuse('diskFull'));
  // Rejections by Express and its parsers.
  if (status !== undefined && status >= 400 && status < 500) return { status, detail: error.message };
  return describeError(refuse('unexpected'));
}

function sentence(issue: z.core.$ZodIssue): string {
  const { reason, remedy } = explainIssue(issue);
  return `${issue.path.join('.') || 'the request'} ${reason}: ${remedy}`;
}
