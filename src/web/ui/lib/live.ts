import { useEffect } from 'preact/hooks';
import type { Event as SiteEvent } from '../../contract/events.ts';
import { connection } from './state.ts';

type Listener = (event: SiteEvent | { type: 'again' }) => void;

const listeners = new Set<Listener>();
let source: EventSource | undefined;
/** A stream takes moments to open; where it does not, the page is shown without. */
const PATIENCE_MS = 1000;

/**
 * Opens the one stream of events of this page. It reconnects by itself; then everybody is told to look again. Resolves when it is
 * open: what was asked before that could change and nobody would be told.
 */
export function openEvents(): Promise<void> {
  if (source) return Promise.resolve();
  let done = () => {};
  const opened = new Promise<void>((resolve) => {
    done = resolve;
  });
  let late = false;
  const goOn = () => {
    late = true;
    done();
  };
  const timer = setTimeout(goOn, PATIENCE_MS);
  source = new EventSource('/api/v1/events');
  const tell: (event: SiteEvent | { type: 'again' }) => void = (event) => {
    for (const listener of listeners) listener(event);
  };
  for (const type of ['changed', 'standing', 'network', 'held'])
    source.addEventListener(type, (message) => tell(JSON.parse((message as MessageEvent<string>).data) as SiteEvent));
  source.addEventListener('open', () => {
    const before = connection.value;
    connection.value = { live: true, since: Date.now() };
    clearTimeout(timer);
    done();
    if (late || !before.live) tell({ type: 'again' });
    late = false;
  });
  source.addEventListener('error', () => {
    clearTimeout(timer);
    goOn();
    if (connection.value.live) connection.value = { live: false, since: Date.now() };
    // After an answer that is no stream, as when nobody is signed in, the browser gives up: try again later.
    if (source?.readyState === EventSource.CLOSED) {
      closeEvents();
      setTimeout(() => void openEvents(), 5000);
    }
  });
  return opened;
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
