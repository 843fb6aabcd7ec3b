import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Entries, Entry } from '../../contract/browse.ts';
import type { Away } from '../../contract/common.ts';
import { get, type Trouble } from './api.ts';
import { agedBlocks, BLOCK, type Blocks, itemAt, itemsOf, missingIn, noBlocks, withItems } from './blocks.ts';
import { useCalm } from './calm.ts';
import { useEvents } from './live.ts';

export interface Sorting {
  sort: 'name' | 'size' | 'mtime';
  order: 'asc' | 'desc';
}

interface Listing {
  key: string;
  blocks: Blocks<Entry>;
  sites: string[];
  away: Away[];
  /** Of an earlier time, which is read from its beginning on: where it goes on. */
  next: string | null;
  trouble?: Trouble;
  complete: boolean;
}

/** The API gives no more at once. */
const AT_ONCE = 1000;
const CALM_MS = 250;
const NOTHING: Listing = { key: '', blocks: noBlocks, sites: [], away: [], next: null, complete: false };

export interface Listed {
  /** All that are known, in order. */
  entries: Entry[];
  sites: string[];
  /** Entries that there are, as far as it is known. */
  count: number;
  at(index: number): Entry | undefined;
  /** These are looked at: they are asked for unless they are known. */
  look(from: number, to: number): void;
}

/** A directory as it is: what is looked at of it, and that again whenever something in it changes. */
export function useEntries(folder: string, path: string, sorting: Sorting, more: { at?: string; deleted?: boolean }) {
  const key = JSON.stringify([folder, path, sorting, more]);
  const [listing, setListing] = useState<Listing>(NOTHING);
  const latest = useRef(listing);
  const seen = useRef({ from: 0, to: BLOCK });
  const busy = useRef<AbortController>(undefined);
  const set = (change: (before: Listing) => Listing) => {
    latest.current = change(latest.current.key === key ? latest.current : { ...NOTHING, key });
    setListing(latest.current);
  };

  /** Asks, one question after the other, until all that is looked at is known. */
  const load = useCallback(async () => {
    if (busy.current) return;
    const controller = new AbortController();
    busy.current = controller;
    try {
      for (;;) {
        const { blocks, next } = latest.current.key === key ? latest.current : NOTHING;
        const part = missingIn(blocks, seen.current.from, seen.current.to, AT_ONCE);
        if (!part) break;
        const isLater = more.at !== undefined && part.from > 0;
        if (isLater && next === null) break;
        const page = await get<Entries>(
          `/folders/${folder}/entries`,
          {
            path,
            ...(more.at === undefined
              ? { ...sorting, offset: part.from, limit: part.count }
              : { at: more.at, limit: BLOCK }),
            deleted: more.deleted ? 'true' : undefined,
            cursor: isLater ? next! : undefined,
          },
          controller.signal,
        );
        set((before) => {
          const from = isLater ? before.blocks.known.size * BLOCK : part.from;
          const asked = more.at === undefined ? part.count : page.next === null ? Number.POSITIVE_INFINITY : BLOCK;
          const now = withItems(before.blocks, from, page.entries, asked, page.total, blocks.round);
          return { key, blocks: now, sites: page.sites, away: page.away, next: page.next, complete: true };
        });
      }
    } catch (error) {
      if (!controller.signal.aborted) set((before) => ({ ...before, trouble: error as Trouble, complete: true }));
    } finally {
      if (busy.current === controller) busy.current = undefined;
    }
  }, [key]);
  // A question that is under way is answered first: were it given up, a busy site would never show anything.
  const again = useCallback(() => {
    set((before) => ({ ...before, blocks: more.at === undefined ? agedBlocks(before.blocks) : noBlocks }));
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

  const { blocks, sites, away, complete, trouble, next } = listing.key === key ? listing : NOTHING;
  const entries = useMemo(() => itemsOf(blocks), [blocks]);
  const look = useCallback(
    (from: number, to: number) => {
      seen.current = { from, to };
      void load();
    },
    [load],
  );
  return {
    entries,
    sites,
    away,
    complete,
    trouble,
    again,
    count: blocks.total ?? entries.length + (next === null ? 0 : 1),
    at: (index: number) => itemAt(blocks, index),
    look,
  };
}
