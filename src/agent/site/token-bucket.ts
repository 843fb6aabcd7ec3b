/** A budget that refills over time: `rate` units per second up to `burst`. */
export interface TokenBucket {
  /** Takes `amount` if available. `now`: monotonic milliseconds. */
  take(amount: number, now: number): boolean;
  /** From now on refills at this rate, up to this burst. */
  resize(rate: number, burst: number): void;
}

export function createTokenBucket(rate: number, burst: number): TokenBucket {
  let limits = { rate, burst };
  let tokens = burst;
  let last: number | undefined;
  return {
    take(amount, now) {
      tokens = Math.min(limits.burst, tokens + (Math.max(0, now - (last ?? now)) * limits.rate) / 1000);
      last = now;
      if (amount > tokens) return false;
      tokens -= amount;
      return true;
    },
    resize(rate, burst) {
      limits = { rate, burst };
    },
  };
}
