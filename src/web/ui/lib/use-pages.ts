import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, type Trouble } from './api.ts';

interface State<T> {
  items: T[];
  next: string | null;
  complete: boolean;
  trouble?: Trouble;
}

interface Pages<T> extends State<T> {
  again(): void;
  follow(): void;
}

/**
 * A list that comes page by page, as far as the person has asked. Another path begins anew.
 * @param field the list in the answer
 */
export function usePages<T>(path: string, field: string): Pages<T> {
  const [state, setState] = useState<State<T>>({ items: [], next: null, complete: false });
  const running = useRef<{ controller: AbortController; again: boolean }>(undefined);
  const load = useCallback(
    async (cursor: string | null) => {
      running.current?.controller.abort();
      const mine = { controller: new AbortController(), again: false };
      running.current = mine;
      const { controller } = mine;
      try {
        const answer = await get<{ next: string | null } & Record<string, unknown>>(
          path,
          { cursor: cursor ?? undefined, limit: 50 },
          controller.signal,
        );
        const items = answer[field] as T[];
        setState((before) => ({
          items: cursor === null ? items : [...before.items, ...items],
          next: answer.next,
          complete: true,
        }));
      } catch (error) {
        if (!controller.signal.aborted)
          setState((before) => ({ ...before, trouble: error as Trouble, complete: true }));
      }
      if (running.current !== mine) return;
      running.current = undefined;
      if (mine.again) void load(null);
    },
    [path],
  );
  useEffect(() => {
    void load(null);
    return () => {
      running.current?.controller.abort();
      running.current = undefined;
    };
  }, [load]);
  const again = () => {
    // What is under way is answered first: were it given up, a busy site would never show anything.
    if (running.current) running.current.again = true;
    else void load(null);
  };
  return { ...state, again, follow: () => void (state.next !== null && load(state.next)) };
}
