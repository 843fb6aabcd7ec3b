import { operations } from '../../src/web/contract/operations.ts';
import { code, page, table } from './markdown.ts';

/** The API of a site's page, in one table; the whole of it is the OpenAPI document. */
export function pageApiPage(): string {
  const rows = operations.map(({ method, path, summary, open }) => [
    method.toUpperCase(),
    code(`/api/v1${path}`),
    summary,
    open ? 'nobody' : '',
  ]);
  return page(
    "The API of a site's page",
    'src/web/contract',
    'Every site describes it at `/api/v1/openapi.json`: parameters, bodies, answers. Errors are `application/problem+json`; those that a person at the page may meet have a `code` that stays the same, and `params`, beside the English `detail`. Requests that change something need the header `x-csrf-token`, which `/api/v1/session` tells.',
    table(['', 'path', 'what it does', 'who must be signed in, if not everybody'], rows),
  );
}
