import { useEffect } from 'preact/hooks';
import type { Event as SiteEvent } from '../../contract/events.ts';
import { PAGE_API } from '../../contract/page-api.ts';
import { showWhenSignedOut } from './session.ts';
import { connection } from './state.ts';

type Listener = (event: SiteEvent | { type: 'again' }) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let retrying: number | undefined;

const RETRY_MS = 5000;

/**
 * Opens the page's single stream of events, which reconnects by itself. On each connection all listeners are told to
 * reload, because changes in the meantime were not reported.
 */
export function openEvents(): void {
  if (source) return;
  source = new EventSource(`${PAGE_API}/events`);
  const tell: (event: SiteEvent | { type: 'again' }) => void = (event) => {
    for (const listener of listeners) listener(event);
  };
  for (const type of ['changed', 'standing', 'network', 'held'])
    source.addEventListener(type, (message) => tell(JSON.parse((message as MessageEvent<string>).data) as SiteEvent));
  source.addEventListener('open', () => {
    connection.value = { live: true, since: Date.now() };
    tell({ type: 'again' });
  });
  source.addEventListener('error', () => {
    if (connection.value.live) connection.value = { live: false, since: Date.now() };
    // After a response that is not a stream, the browser gives up.
    if (source?.readyState === EventSource.CLOSED) {
      source = undefined;
      retrying = setTimeout(openEvents, RETRY_MS) as unknown as number;
    }
    // The user may have been signed out, for example in another tab.
    void showWhenSignedOut();
  });
}

export function closeEvents(): void {
  clearTimeout(retrying);
  source?.close();
  source = undefined;
  connection.value = { live: true, since: Date.now() };
}

/** Calls the listener for each event while the component is mounted; `again`: any number of events were missed. */
export function useEvents(listener: Listener, inputs: unknown[]): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, inputs);
}
