import type { z } from 'zod';
import { Refused } from '../../base/refused.ts';

/** A position in a list, as opaque text for clients. */
export function writeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Throws Refused for text that is not a cursor of this list. */
export function readCursor<T>(text: string, place: z.ZodType<T>): T {
  try {
    return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw new Refused('the cursor is not from this list: start without one');
  }
}
