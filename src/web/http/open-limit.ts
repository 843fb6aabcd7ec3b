import type { Response } from 'express';
import { refuse } from '../contract/refusals.ts';

/** Counts responses in progress, by recipient. */
export interface OpenLimit {
  /** Throws Refused when there are too many already. */
  open(whose: string, response: Response): void;
}

export function limitOpen(
  most: number,
  code: 'tooManyZips' | 'tooManyDiffs' | 'tooManyWindows' | 'linkBusy',
): OpenLimit {
  const open = new Map<string, number>();
  const add = (whose: string, more: number) => {
    const count = (open.get(whose) ?? 0) + more;
    if (count > 0) open.set(whose, count);
    else open.delete(whose);
  };
  return {
    open(whose, response) {
      if ((open.get(whose) ?? 0) >= most) throw refuse(code);
      add(whose, 1);
      response.once('close', () => add(whose, -1));
    },
  };
}
