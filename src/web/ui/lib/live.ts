import { useEffect } from 'preact/hooks';
import type { Event as SiteEvent } from '../../contract/events.ts';
import { connection } from './state.ts';

type Listener = (event: SiteEvent | { type: 'again' }) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;

/**
 * Opens the page's single stream of events, which reconnects by itself. On each connection all listeners are told to
 * reload, because changes in the meantime were not reported.
 */
export function openEvents(): void {
  if (source) return;
  source = new EventSource('/api/v1/events');
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
    // After a response that is not a stream, for example when signed out, the browser gives up: retry later.
    if (source?.readyState === EventSource.CLOSED) {
      closeEvents();
      setTimeout(openEvents, 5000);
    }
  });
}

export function closeEvents(): void {
  source?.close();
  source = undefined;
}

/** Calls the listener for each event while the component is mounted; `again`: any number of events were missed. */
export function useEvents(listener: Listener, inputs: unknown[]): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, inputs);
}
