/** A budget that refills with time: `rate` units per second up to `burst`. */
export interface TokenBucket {
  /** Takes `amount` if it is there. `now`: ms of a clock that nobody sets. */
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
