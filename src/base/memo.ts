/** A cache of answers by key, each valid for a while. */
export interface Memo<T> {
  /**
   * The cached answer for this key, or the one that `ask` gives now; concurrent callers share one request. Failures are not
   * cached.
   */
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

/**
 * Caches answers for `ms` from when they were asked for, so that none is older than that plus the time it took to answer.
 * @param now ms of any clock; an answer from the future counts as expired
 * @param isKept which answers may be cached; by default all
 */
export function createMemo<T>(ms: number, now: () => number, isKept: (answer: T) => boolean = () => true): Memo<T> {
  const known = new Map<string, { at: number; answer: Promise<T> }>();
  const isFresh = (at: number) => now() >= at && now() - at < ms;

  return {
    get(key, ask) {
      const last = known.get(key);
      if (last && isFresh(last.at)) return last.answer;
      for (const [name, { at }] of known) if (!isFresh(at)) known.delete(name);
      const entry = { at: now(), answer: ask() };
      known.set(key, entry);
      const forget = () => {
        if (known.get(key) === entry) known.delete(key);
      };
      entry.answer.then((answer) => isKept(answer) || forget(), forget);
      return entry.answer;
    },
  };
}

/** The same for a single question: asks at most once per `ms`, however many callers there are. */
export function memo<T>(ask: () => Promise<T>, ms: number, now: () => number): () => Promise<T> {
  const answers = createMemo<T>(ms, now);
  return () => answers.get('', ask);
}
