import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Entries, Entry } from '../../contract/browse.ts';
import type { UnreachableOffice } from '../../contract/common.ts';
import { type ApiError, get } from './api.ts';
import { BLOCK, type Blocks, itemAt, itemsOf, nextMissing, noBlocks, outdatedBlocks, withItems } from './blocks.ts';
import { useEvents } from './live.ts';
import { useThrottled } from './throttle.ts';

export interface Sorting {
  sort: 'name' | 'size' | 'mtime';
  order: 'asc' | 'desc';
}

interface Listing {
  key: string;
  blocks: Blocks<Entry>;
  sites: string[];
  away: UnreachableOffice[];
  /** For a past time, which is read sequentially: where to continue. */
  next: string | null;
  trouble?: ApiError;
  complete: boolean;
}

/** The API returns no more at once. */
const AT_ONCE = 1000;
const THROTTLE_MS = 250;
const NOTHING: Listing = { key: '', blocks: noBlocks, sites: [], away: [], next: null, complete: false };

export interface EntryListing {
  /** All loaded entries in order. */
  entries: Entry[];
  sites: string[];
  /** The number of entries, as far as known. */
  count: number;
  at(index: number): Entry | undefined;
  /** Loads all of them. */
  all(): Promise<Entry[]>;
  /** Called with the visible range, which is loaded if necessary. */
  onVisible(from: number, to: number): void;
}

interface Range {
  from: number;
  to: number;
}

/** What to request of a current directory. */
function partOf({ blocks }: Listing, { from, to }: Range) {
  const part = nextMissing(blocks, from, to, AT_ONCE);
  return part && { offset: part.from, limit: part.count };
}

/** A past time is read sequentially, and its pages vary in length because entries that did not exist yet are left out. */
function restOf({ blocks, complete, next }: Listing, { to }: Range) {
  if (!complete) return { limit: BLOCK, cursor: undefined };
  return next === null || to <= itemsOf(blocks).length ? undefined : { limit: BLOCK, cursor: next };
}

/** A directory's entries: loads the visible ones, and reloads them whenever something in it changes. */
export function useEntries(folder: string, path: string, sorting: Sorting, more: { at?: string; deleted?: boolean }) {
  const key = JSON.stringify([folder, path, sorting, more]);
  const [listing, setListing] = useState<Listing>(NOTHING);
  const latest = useRef(listing);
  const seen = useRef<Range>({ from: 0, to: BLOCK });
  const busy = useRef<AbortController>(undefined);
  const loading = useRef(Promise.resolve());
  const set = (change: (before: Listing) => Listing) => {
    latest.current = change(latest.current.key === key ? latest.current : { ...NOTHING, key });
    setListing(latest.current);
  };

  /** Requests one part after another until everything visible is loaded. */
  const load = useCallback((): Promise<void> => {
    if (!busy.current) loading.current = loadParts();
    return loading.current;
  }, [key]);
  async function loadParts(): Promise<void> {
    const controller = new AbortController();
    busy.current = controller;
    try {
      for (;;) {
        const now = latest.current.key === key ? latest.current : NOTHING;
        const query = more.at === undefined ? partOf(now, seen.current) : restOf(now, seen.current);
        if (!query) break;
        const page = await get<Entries>(
          `/folders/${folder}/entries`,
          {
            path,
            ...(more.at === undefined ? sorting : { at: more.at }),
            deleted: more.deleted ? 'true' : undefined,
            locale: navigator.language,
            ...query,
          },
          controller.signal,
        );
        set((before) => ({
          key,
          blocks:
            'offset' in query
              ? withItems(before.blocks, query.offset, page.entries, query.limit, page.total, now.blocks.round)
              : withItems(noBlocks, 0, [...itemsOf(before.blocks), ...page.entries], Number.POSITIVE_INFINITY, null),
          sites: page.sites,
          away: page.away,
          next: page.next,
          complete: true,
        }));
      }
    } catch (error) {
      if (!controller.signal.aborted) set((before) => ({ ...before, trouble: error as ApiError, complete: true }));
    } finally {
      if (busy.current === controller) busy.current = undefined;
    }
  }
  // A request in progress is completed first: if it were cancelled, a busy site would never show anything.
  const again = useCallback(() => {
    set((before) =>
      more.at === undefined ? { ...before, blocks: outdatedBlocks(before.blocks) } : { ...NOTHING, key },
    );
    void load();
  }, [load]);
  useEffect(() => {
    seen.current = { from: 0, to: BLOCK };
    void load();
    return () => {
      busy.current?.abort();
      busy.current = undefined;
    };
  }, [load]);

  const soon = useThrottled(again, THROTTLE_MS);
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

  const { blocks, sites, away, complete, trouble, next } = listing.key === key ? listing : NOTHING;
  const entries = useMemo(() => itemsOf(blocks), [blocks]);
  const onVisible = useCallback(
    (from: number, to: number) => {
      seen.current = { from, to };
      void load();
    },
    [load],
  );
  const all = useCallback(async () => {
    seen.current = { from: 0, to: Number.MAX_SAFE_INTEGER };
    await load();
    const now = latest.current;
    if (now.trouble) throw now.trouble;
    return itemsOf(now.blocks);
  }, [load]);
  return {
    entries,
    all,
    sites,
    away,
    complete,
    trouble,
    again,
    count: blocks.total ?? entries.length + (next === null ? 0 : 1),
    at: (index: number) => itemAt(blocks, index),
    onVisible,
  };
}
