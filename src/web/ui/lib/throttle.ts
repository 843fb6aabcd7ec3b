import { useEffect, useRef } from 'preact/hooks';

/** Coalesces calls: runs `task` once, `ms` after the first of them. */
export function useThrottled(task: () => void, ms: number): () => void {
  const latest = useRef(task);
  latest.current = task;
  const timer = useRef<number>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, ms) as unknown as number;
  };
}
