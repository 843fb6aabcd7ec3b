/** Counts failed attempts per key within a sliding window. */
export interface Attempts {
  /** Seconds until another attempt is allowed; 0 = now. */
  wait(key: string): number;
  failed(key: string): void;
  /** Takes back one failure: an attempt that was counted in advance was right. The others still count. */
  forgive(key: string): void;
  /** Takes back all failures. */
  clear(key: string): void;
}

/** Maximum number of keys: the oldest are dropped. */
const MAX_KEYS = 10_000;

/** @param now Unix ms */
export function createAttempts(limit: number, windowMs: number, now: () => number): Attempts {
  const failures = new Map<string, number[]>();
  const recent = (key: string) => (failures.get(key) ?? []).filter((at) => at > now() - windowMs);
  return {
    wait(key) {
      const times = recent(key);
      return times.length < limit ? 0 : Math.ceil((times.at(-limit)! + windowMs - now()) / 1000);
    },
    failed(key) {
      const times = [...recent(key), now()].slice(-limit);
      failures.delete(key);
      failures.set(key, times);
      if (failures.size > MAX_KEYS) failures.delete(failures.keys().next().value!);
    },
    forgive(key) {
      const times = recent(key).slice(0, -1);
      if (times.length > 0) failures.set(key, times);
      else failures.delete(key);
    },
    clear: (key) => void failures.delete(key),
  };
}
