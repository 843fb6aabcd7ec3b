import { operations } from '../../src/web/contract/operations.ts';
import { code, page, table } from './markdown.ts';

/** The API of a site's page as a table; the OpenAPI document has all details. */
export function pageApiPage(): string {
  const rows = operations.map(({ method, path, summary, open }) => [
    method.toUpperCase(),
    code(`/api/v1${path}`),
    summary,
    open ? 'no' : 'yes',
  ]);
  return page(
    'Web API',
    'src/web/contract',
    'The API of the page of a site. `/api/v1/openapi.json` describes all parameters, bodies and responses. Errors are `application/problem+json`; those shown to users have a stable `code` and `params` in addition to the English `detail`. Requests that change something need the header `x-csrf-token`; `/api/v1/session` returns its value.',
    table(['', 'path', 'description', 'sign-in required'], rows),
  );
}
