/** News for whoever listens at that moment; nothing is kept for those who come later. */
export interface Topic<T> {
  /** Calls every listener, in the order in which they began to listen. */
  tell(news: T): void;
  listen(listener: (news: T) => void): void;
}

export function createTopic<T>(): Topic<T> {
  const listeners: ((news: T) => void)[] = [];
  return {
    tell(news) {
      for (const listener of listeners) listener(news);
    },
    listen: (listener) => void listeners.push(listener),
  };
}
