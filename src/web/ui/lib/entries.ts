import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Entries, Entry } from '../../contract/browse.ts';
import { get, type Trouble } from './api.ts';
import { useCalm } from './calm.ts';
import { useEvents } from './live.ts';

export interface Sorting {
  sort: 'name' | 'size' | 'mtime';
  order: 'asc' | 'desc';
}

interface Listing {
  key: string;
  entries: Entry[];
  sites: string[];
  total: number | null;
  next: string | null;
  trouble?: Trouble;
  complete: boolean;
}

const PAGE = 200;
/** The API gives no more at once; what is beyond comes again when it is scrolled to. */
const REFRESH = 1000;
const CALM_MS = 250;
const NOTHING: Listing = { key: '', entries: [], sites: [], total: null, next: null, complete: false };

/** A directory as it is, page by page as far as one has scrolled, and again whenever something in it changes. */
export function useEntries(folder: string, path: string, sorting: Sorting, more: { at?: string; deleted?: boolean }) {
  const key = JSON.stringify([folder, path, sorting, more]);
  const [listing, setListing] = useState<Listing>(NOTHING);
  const latest = useRef(listing);
  latest.current = listing;
  const busy = useRef<AbortController>(undefined);

  const load = useCallback(
    async (cursor: string | null, limit: number) => {
      busy.current?.abort();
      const controller = new AbortController();
      busy.current = controller;
      const query = {
        path,
        ...(more.at === undefined ? sorting : { at: more.at }),
        deleted: more.deleted ? 'true' : undefined,
        cursor: cursor ?? undefined,
        limit,
      };
      try {
        const page = await get<Entries>(`/folders/${folder}/entries`, query, controller.signal);
        setListing((before) => ({
          key,
          entries: cursor === null || before.key !== key ? page.entries : [...before.entries, ...page.entries],
          sites: page.sites,
          total: page.total,
          next: page.next,
          complete: true,
        }));
      } catch (error) {
        if (!controller.signal.aborted)
          setListing((before) => ({
            ...(before.key === key ? before : { ...NOTHING, key }),
            trouble: error as Trouble,
            complete: true,
          }));
      } finally {
        if (busy.current === controller) busy.current = undefined;
      }
    },
    [key],
  );
  const again = useCallback(() => {
    const shown = latest.current.key === key ? latest.current.entries.length : 0;
    void load(null, Math.min(REFRESH, Math.max(PAGE, shown)));
  }, [key]);
  useEffect(() => {
    again();
    return () => busy.current?.abort();
  }, [again]);

  const soon = useCalm(again, CALM_MS);
  useEvents(
    (event) => {
      if (more.at !== undefined) return;
      const concerns =
        event.type === 'changed'
          ? event.folder === folder && (event.directories === null || event.directories.includes(path))
          : event.type === 'standing' || event.type === 'again';
      if (concerns) soon();
    },
    [key],
  );

  const current = listing.key === key ? listing : { ...NOTHING, key };
  return {
    ...current,
    again,
    /** Asks for what follows, unless something is being asked already. */
    follow() {
      if (current.next !== null && !busy.current) void load(current.next, REFRESH);
    },
  };
}
