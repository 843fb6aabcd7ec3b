import type { Problem } from '../../contract/common.ts';
import { PAGE_API } from '../../contract/page-api.ts';
import { t } from './messages.ts';
import { refusalText, sentence } from './said.ts';
import { session } from './state.ts';

/** What the site refused, as a sentence for the user; `status` 0: the site could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

type Query = Record<string, string | number | undefined>;

/** The URL of an operation. Paths of files are encoded already and go into the query unchanged. */
export function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === undefined || value === '') return [];
    const encoded = name === 'path' ? String(value) : encodeURIComponent(value);
    return [`${name}=${encoded}`];
  });
  return `${PAGE_API}${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) =>
  ask<T>('GET', path, query, undefined, signal);
export const post = <T>(path: string, body: unknown) => ask<T>('POST', path, undefined, body);
export const remove = <T = void>(path: string) => ask<T>('DELETE', path);

async function ask<T>(method: string, path: string, query?: Query, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(method !== 'GET' && csrfHeader()),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(t.errors.unreachable, 0);
  }
  if (response.status === 401 && !path.startsWith('/public') && path !== '/session') session.value = 'expired';
  if (!response.ok) throw await errorOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return new ApiError(sentence(refusalText(problem) ?? problem.title ?? response.statusText), response.status);
}

export function csrfHeader(): Record<string, string> {
  const now = session.value;
  return typeof now === 'object' && now.csrf !== null ? { 'x-csrf-token': now.csrf } : {};
}
