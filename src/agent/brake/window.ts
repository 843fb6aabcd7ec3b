/** Maximum size: more is too much in any case. */
const MOST = 50_000;

/** The paths with a loss within the window, each counted once. */
export interface Window {
  /** `now`: monotonic milliseconds. */
  add(ids: string[], now: number): void;
  count(now: number): number;
}

export function createWindow(ms: number): Window {
  /** In the order of the last time. */
  const times = new Map<string, number>();
  const forget = (now: number) => {
    for (const [id, at] of times) {
      if (times.size <= MOST && now - at <= ms) return;
      times.delete(id);
    }
  };
  return {
    add(ids, now) {
      for (const id of ids) {
        times.delete(id);
        times.set(id, now);
      }
      forget(now);
    },
    count(now) {
      forget(now);
      return times.size;
    },
  };
}
