import type { ErrorRequestHandler } from 'express';
import { Refused } from '../../base/refused.ts';
import { isOfDatabase } from '../../database/unavailable.ts';
import { sentenceOf } from '../../problems/problem.ts';
import type { Site } from '../site/site.ts';

/** Reports requests that fail because of the database, with what this site knows of the cause. */
export function databaseErrors({ plan, problems, log }: Site): ErrorRequestHandler {
  return (error: unknown, _request, _response, next) => {
    if (!isOfDatabase(error)) return next(error);
    log.warn({ err: error }, 'a question failed because of the database');
    const known = [...problems.values()].map((one) => `; ${sentenceOf(one, plan.site)}`).join('');
    next(new Refused(`the database of ${plan.site} cannot answer (${error.message})${known}`, 503));
  };
}
