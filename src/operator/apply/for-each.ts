/** What is written at once: the API server can do more than one thing, and must not be flooded. */
const AT_ONCE = 8;

/**
 * Works on all items, some of them at once. After one that throws no other is begun; throws that error once those under way have
 * ended: nothing goes on behind the back of the next look.
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
