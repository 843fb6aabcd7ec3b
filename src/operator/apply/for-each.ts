/** Concurrent requests, limited to protect the API server. */
const AT_ONCE = 8;

/**
 * Processes all items, a few at a time. After an error it starts no further items, and throws once those in progress have
 * ended, so that nothing overlaps with the next reconciliation.
 */
export async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  let isOver = false;
  const worker = async () => {
    for (const item of queue) {
      if (isOver) return;
      await work(item).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
