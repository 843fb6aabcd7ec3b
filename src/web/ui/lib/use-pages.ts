import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, get } from './api.ts';

interface State<T> {
  items: T[];
  next: string | null;
  complete: boolean;
  trouble?: ApiError;
}

interface Pages<T> extends State<T> {
  again(): void;
  follow(): void;
}

const PAGE = 50;
const LONGEST = 1000;

/**
 * A list loaded page by page, as far as the user has requested: a reload keeps its length. Another path starts over.
 * @param field the list in the answer
 * @param of the path of the file that the list is about
 */
export function usePages<T>(path: string, field: string, of?: string): Pages<T> {
  const [state, setState] = useState<State<T>>({ items: [], next: null, complete: false });
  const running = useRef<{ controller: AbortController; again: boolean }>(undefined);
  const shown = useRef(0);
  const load = useCallback(
    async (cursor: string | null) => {
      running.current?.controller.abort();
      const mine = { controller: new AbortController(), again: false };
      running.current = mine;
      const { controller } = mine;
      try {
        const answer = await get<{ next: string | null } & Record<string, unknown>>(
          path,
          { path: of, cursor: cursor ?? undefined, limit: cursor === null ? lengthAgain(shown.current) : PAGE },
          controller.signal,
        );
        const items = answer[field] as T[];
        shown.current = (cursor === null ? 0 : shown.current) + items.length;
        setState((before) => ({
          items: cursor === null ? items : [...before.items, ...items],
          next: answer.next,
          complete: true,
        }));
      } catch (error) {
        if (!controller.signal.aborted)
          setState((before) => ({ ...before, trouble: error as ApiError, complete: true }));
      }
      if (running.current !== mine) return;
      running.current = undefined;
      if (mine.again) void load(null);
    },
    [path, field, of],
  );
  useEffect(() => {
    shown.current = 0;
    void load(null);
    return () => {
      running.current?.controller.abort();
      running.current = undefined;
    };
  }, [load]);
  const again = () => {
    // A request in progress is completed first: if it were cancelled, a busy site would never show anything.
    if (running.current) running.current.again = true;
    else void load(null);
  };
  return { ...state, again, follow: () => void (state.next !== null && load(state.next)) };
}

function lengthAgain(shown: number): number {
  return Math.min(LONGEST, Math.max(PAGE, shown));
}
