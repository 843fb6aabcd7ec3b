/** A budget that refills over time: `rate` units per second up to `burst`. */
export interface TokenBucket {
  /** Takes `amount` if available. `now`: monotonic milliseconds. */
  take(amount: number, now: number): boolean;
}

export function createTokenBucket(rate: number, burst: number): TokenBucket {
  let tokens = burst;
  let last: number | undefined;
  return {
    take(amount, now) {
      tokens = Math.min(burst, tokens + (Math.max(0, now - (last ?? now)) * rate) / 1000);
      last = now;
      if (amount > tokens) return false;
      tokens -= amount;
      return true;
    },
  };
}
