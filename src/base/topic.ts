/** Events for current listeners; nothing is kept for later ones. */
export interface Topic<T> {
  /** Calls every listener, in the order in which they subscribed. */
  publish(news: T): void;
  listen(listener: (news: T) => void): void;
}

export function createTopic<T>(): Topic<T> {
  const listeners: ((news: T) => void)[] = [];
  return {
    publish(news) {
      for (const listener of listeners) listener(news);
    },
    listen: (listener) => void listeners.push(listener),
  };
}
