import { useEffect } from 'preact/hooks';
import type { Event as SiteEvent } from '../../contract/events.ts';
import { connection } from './state.ts';

type Listener = (event: SiteEvent | { type: 'again' }) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;

/**
 * Opens the one stream of events of this page. It reconnects by itself. Each time it begins everybody is told to look again: what changed
 * since they looked was told to nobody here.
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
    // After an answer that is no stream, as when nobody is signed in, the browser gives up: try again later.
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

/** Calls back for each event while the component is there; `again`: any number of them were missed. */
export function useEvents(listener: Listener, inputs: unknown[]): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, inputs);
}
