import type { Event } from '../contract/events.ts';

/** Beyond this many directories, the whole folder is reported as changed. */
const MAX_DIRECTORIES = 100;

/** The unsent events of a client, in their most compact form. */
export interface Outbox {
  put(event: Event): void;
  /** Empties it; drops folders that `may` rejects. */
  take(may: (folder: string) => boolean): Event[];
}

/**
 * Changed directories are a set per folder; of everything else only the latest counts. Bounded by the number of folders.
 * Pure but for its state.
 */
export function createOutbox(): Outbox {
  let changed = new Map<string, Set<string> | null>();
  let standing: Extract<Event, { type: 'standing' }> | undefined;
  let network = false;
  let held = false;
  return {
    put(event) {
      if (event.type === 'network') network = true;
      else if (event.type === 'held') held = true;
      else if (event.type === 'standing') standing = event;
      else {
        const known = changed.has(event.folder) ? changed.get(event.folder)! : new Set<string>();
        for (const directory of event.directories ?? []) known?.add(directory);
        const all = known === null || event.directories === null || known.size > MAX_DIRECTORIES;
        changed.set(event.folder, all ? null : known);
      }
    },
    take(may) {
      const events: Event[] = [...changed]
        .filter(([folder]) => may(folder))
        .map(([folder, directories]) => ({ type: 'changed', folder, directories: directories && [...directories] }));
      if (standing)
        events.push({ type: 'standing', transfers: standing.transfers.filter(({ folder }) => may(folder)) });
      if (network) events.push({ type: 'network' });
      if (held) events.push({ type: 'held' });
      changed = new Map();
      standing = undefined;
      network = false;
      held = false;
      return events;
    },
  };
}
