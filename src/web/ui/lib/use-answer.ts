import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, type Trouble } from './api.ts';

export interface Answer<T> {
  value: T | undefined;
  trouble: Trouble | undefined;
  /** Asks again; what is shown stays until the answer is there. */
  again(): void;
}

/** Asks the site, again whenever the question changes. An answer to an earlier question is never shown. */
export function useAnswer<T>(path: string | undefined, query: Record<string, string | undefined> = {}): Answer<T> {
  const [state, setState] = useState<{ key: string; value?: T; trouble?: Trouble }>({ key: '' });
  const key = path === undefined ? '' : `${path} ${JSON.stringify(query)}`;
  const running = useRef<AbortController>(undefined);
  const again = useCallback(() => {
    if (path === undefined) return;
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    get<T>(path, query, controller.signal).then(
      (value) => setState({ key, value }),
      (trouble: Trouble) => {
        if (controller.signal.aborted) return;
        setState((before) => ({
          key,
          trouble,
          ...(before.key === key && before.value !== undefined && { value: before.value }),
        }));
      },
    );
  }, [key]);
  useEffect(() => {
    again();
    return () => running.current?.abort();
  }, [again]);
  const current = state.key === key;
  return { value: current ? state.value : undefined, trouble: current ? state.trouble : undefined, again };
}
