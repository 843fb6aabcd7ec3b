import { setTimeout as pause } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { backoffMs } from '../../base/backoff.ts';
import type { ClusterConnection } from './connection.ts';
import { errorFrom, KubeError } from './error.ts';
import type { Metrics } from './metrics.ts';

export interface KubeRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal;
  /** Milliseconds for the whole response. */
  timeoutMs?: number;
}

/** Raw JSON requests to one API server. */
export interface KubeClient {
  /**
   * The response's JSON. Retries transient failures (429, 5xx, lost connections) as far as that is safe; throws {@link
   * KubeError} for permanent ones.
   */
  request<T>(ask: KubeRequest): Promise<T>;
  /** The body as a stream, for watches. Not retried, and without a time-out for the whole. */
  stream(ask: KubeRequest): Promise<AsyncIterable<Buffer>>;
}

/** How long to wait for a response, and how often to try. */
export interface RetryPolicy {
  /** Milliseconds for the whole response. */
  timeoutMs: number;
  tries: number;
}

const PATIENCE: RetryPolicy = { timeoutMs: 30_000, tries: 5 };
const FIRST_WAIT_MS = 250;
const RETRIED = new Set([429, 500, 502, 503, 504]);
/** Errors of the connection before or while a request was sent. */
const LOST = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

export function createClient(
  connection: ClusterConnection,
  metrics: { requests: Pick<Metrics['requests'], 'inc'> },
  patience: RetryPolicy = PATIENCE,
  random: () => number = Math.random,
): KubeClient {
  const host = new URL(connection.origin).host;

  async function send(ask: KubeRequest, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    const { dispatcher, headers } = await connection.credentials();
    const response = await request(url(connection.origin, ask), {
      dispatcher,
      method: ask.method,
      headers: {
        ...headers,
        accept: ask.accept ?? 'application/json',
        'user-agent': 'sitesync-operator',
        ...(ask.body !== undefined && { 'content-type': ask.contentType ?? 'application/json' }),
      },
      ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
      ...(signal && { signal }),
    });
    metrics.requests.inc({ code: response.statusCode, method: ask.method, host });
    if (response.statusCode < 300) return response;
    throw errorFrom(response.statusCode, await response.body.text(), String(response.headers['retry-after']));
  }

  async function once<T>(ask: KubeRequest): Promise<T> {
    const limit = AbortSignal.timeout(ask.timeoutMs ?? patience.timeoutMs);
    const response = await send(ask, ask.signal ? AbortSignal.any([ask.signal, limit]) : limit);
    return (await response.body.json()) as T;
  }

  return {
    async request<T>(ask: KubeRequest): Promise<T> {
      for (let tries = 1; ; tries++) {
        try {
          return await once<T>(ask);
        } catch (error) {
          const wait = tries < patience.tries ? waitBefore(error, tries, ask.method, random()) : undefined;
          if (wait === undefined || ask.signal?.aborted) throw error;
          await pause(wait, undefined, { ...(ask.signal && { signal: ask.signal }) });
        }
      }
    },
    async stream(ask) {
      const begun = AbortSignal.timeout(patience.timeoutMs);
      const giveUp = new AbortController();
      const onTimeout = () => giveUp.abort(begun.reason);
      begun.addEventListener('abort', onTimeout, { once: true });
      const signal = ask.signal ? AbortSignal.any([ask.signal, giveUp.signal]) : giveUp.signal;
      const { body } = await send(ask, signal);
      begun.removeEventListener('abort', onTimeout);
      return body;
    },
  };
}

/**
 * Milliseconds until the next try, or undefined when there must be none: a create may have succeeded although the
 * connection was lost. All other requests can be repeated.
 */
export function waitBefore(
  error: unknown,
  tries: number,
  method: KubeRequest['method'],
  random: number,
): number | undefined {
  const backoff = backoffMs(tries, FIRST_WAIT_MS, random);
  if (error instanceof KubeError) {
    if (!RETRIED.has(error.code)) return undefined;
    if (error.code !== 429 && method === 'POST') return undefined;
    return error.retryAfter === undefined ? backoff : Math.max(backoff, error.retryAfter * 1000);
  }
  const code = (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code;
  if (code === undefined || !LOST.has(code)) return undefined;
  return method === 'POST' && code !== 'ECONNREFUSED' ? undefined : backoff;
}

function url(origin: string, { path, query }: KubeRequest): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return `${origin.replace(/\/$/, '')}${path}${text ? `?${text}` : ''}`;
}
