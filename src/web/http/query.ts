import { decodeApiPath } from '../../base/api-path.ts';

/**
 * Parses the query of a URL to bytes, one character per byte: paths are bytes, and Express would decode them as UTF-8. '+'
 * is literal. If a name occurs twice, the last one counts.
 */
export function parseQuery(query: string | null): Record<string, string> {
  const pairs = (query ?? '').split('&').filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return [decodeApiPath(pair), ''];
      return [decodeApiPath(pair.slice(0, equals)), decodeApiPath(pair.slice(equals + 1))];
    }),
  );
}
