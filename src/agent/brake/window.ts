/** Remembered at most: more than that is too much in any case. */
const MOST = 50_000;

/** Which paths something happened to within the last so many ms, each counted once however often it happened. */
export interface Window {
  /** `now`: ms of a clock that nobody sets. */
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
