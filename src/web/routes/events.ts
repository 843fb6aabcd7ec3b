import type { Request, Response } from 'express';
import type { Event } from '../contract/events.ts';
import { createOutbox } from './outbox.ts';

const TICK_MS = 250;
/** Proxies and our own server close idle connections. */
const PING_TICKS = 80;

/**
 * The stream of events to one client. Events between two ticks are sent together, and nothing is written while the client
 * does not read: a slow client costs no more than one outbox.
 */
export function streamEvents(
  request: Request,
  response: Response,
  subscribe: (listener: (event: Event) => void) => () => void,
  stillMay: () => (folder: string) => boolean,
): void {
  response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  response.write('retry: 2000\n\n');
  const outbox = createOutbox();
  const unsubscribe = subscribe((event) => outbox.put(event));
  let quiet = 0;
  const timer = setInterval(() => {
    if (response.writableNeedDrain) return;
    try {
      const may = stillMay();
      const events = outbox.take(may);
      quiet = events.length > 0 ? 0 : quiet + 1;
      if (quiet >= PING_TICKS) response.write(': ping\n\n');
      if (quiet >= PING_TICKS) quiet = 0;
      for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    } catch {
      // Signed out in the meantime: the page reconnects and learns why.
      response.end();
    }
  }, TICK_MS);
  request.on('close', () => {
    clearInterval(timer);
    unsubscribe();
  });
}
