import type { Response } from 'express';
import { Refused } from '../base/refused.ts';

/** Counts answers that are being sent, by whom they are for. */
export interface OpenLimit {
  /** Throws Refused when there are as many as there may be. */
  open(whose: string, response: Response): void;
}

export function limitOpen(most: number, message: string): OpenLimit {
  const open = new Map<string, number>();
  const add = (whose: string, more: number) => {
    const count = (open.get(whose) ?? 0) + more;
    if (count > 0) open.set(whose, count);
    else open.delete(whose);
  };
  return {
    open(whose, response) {
      if ((open.get(whose) ?? 0) >= most) throw new Refused(message, 429);
      add(whose, 1);
      response.once('close', () => add(whose, -1));
    },
  };
}
