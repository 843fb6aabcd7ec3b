import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, get } from './api.ts';

export interface Answer<T> {
  value: T | undefined;
  trouble: ApiError | undefined;
  /** Requests it again; the previous answer is shown until the new one arrives. */
  again(): void;
}

/**
 * Requests an answer from the site, again whenever the query changes. Never shows the answer to an earlier query. While a
 * request is in progress at most one more is queued: if it were cancelled, a busy site would never show anything.
 */
export function useAnswer<T>(path: string | undefined, query: Record<string, string | undefined> = {}): Answer<T> {
  const [state, setState] = useState<{ key: string; value?: T; trouble?: ApiError }>({ key: '' });
  const key = path === undefined ? '' : `${path} ${JSON.stringify(query)}`;
  const running = useRef<{ controller: AbortController; again: boolean }>(undefined);
  const ask = useCallback(async () => {
    if (path === undefined) return;
    const mine = { controller: new AbortController(), again: false };
    running.current = mine;
    const { signal } = mine.controller;
    try {
      do {
        mine.again = false;
        const value = await get<T>(path, query, signal);
        if (!signal.aborted) setState({ key, value });
      } while (mine.again && !signal.aborted);
    } catch (trouble) {
      if (signal.aborted) return;
      setState((before) => ({
        key,
        trouble: trouble as ApiError,
        ...(before.key === key && before.value !== undefined && { value: before.value }),
      }));
    } finally {
      if (running.current === mine) running.current = undefined;
    }
  }, [key]);
  const again = useCallback(() => {
    if (running.current) running.current.again = true;
    else void ask();
  }, [ask]);
  useEffect(() => {
    void ask();
    return () => {
      running.current?.controller.abort();
      running.current = undefined;
    };
  }, [ask]);
  const current = state.key === key;
  return { value: current ? state.value : undefined, trouble: current ? state.trouble : undefined, again };
}
