import type { Request, Response } from 'express';
import type { Event } from '../contract/events.ts';
import { createOutbox } from './outbox.ts';

const TICK_MS = 250;
/** Proxies and our own server close connections on which nothing is said. */
const PING_TICKS = 80;

/**
 * One stream of what changes, for one client. What happens between two ticks is told together, and while the client
 * does not read nothing is written: it costs no more than one outbox, however slow it is.
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
      // Signed out meanwhile: the page asks again and learns why.
      response.end();
    }
  }, TICK_MS);
  request.on('close', () => {
    clearInterval(timer);
    unsubscribe();
  });
}
