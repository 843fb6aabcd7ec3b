/** How many there were of something within the last so many ms. Bounded: what falls into one tenth of the window is one number. */
export interface Window {
  add(count: number, now: number): void;
  sum(now: number): number;
}

export function createWindow(ms: number): Window {
  const step = ms / 10;
  let slots: { at: number; count: number }[] = [];
  const forget = (now: number) => {
    // A clock that was set back must not keep them for ever.
    slots = slots.filter(({ at }) => now - at <= ms && at - now <= ms);
  };
  return {
    add(count, now) {
      forget(now);
      const last = slots.at(-1);
      if (last && Math.abs(now - last.at) < step) last.count += count;
      else slots.push({ at: now, count });
    },
    sum(now) {
      forget(now);
      return slots.reduce((sum, { count }) => sum + count, 0);
    },
  };
}
