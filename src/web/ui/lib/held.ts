import { signal } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Held, HeldChange, HeldChanges, HeldOutcome } from '../../contract/held.ts';
import { type ApiError, get, post } from './api.ts';
import { useEvents } from './live.ts';
import { t } from './messages.ts';
import { showError, showToast } from './state.ts';
import { useThrottled } from './throttle.ts';

/** Changes that wait for approval at this office, by folder; undefined until loaded. */
export const held = signal<Held['folders'] | undefined>(undefined);

const THROTTLE_MS = 500;
const PAGE = 1000;
/** The maximum that is listed; all can still be decided together. */
const LISTED = 20_000;

/** Keeps {@link held} up to date for the whole page. */
export function useHeld(): void {
  const ask = async () => {
    try {
      held.value = (await get<Held>('/held')).folders;
    } catch {
      // The next event triggers another request.
    }
  };
  useEffect(() => {
    void ask();
    return () => {
      held.value = undefined;
    };
  }, []);
  const soon = useThrottled(() => void ask(), THROTTLE_MS);
  useEvents((event) => (event.type === 'held' || event.type === 'again') && soon(), []);
}

interface Listing {
  folder: string;
  changes: HeldChange[];
  total: number;
  complete: boolean;
  trouble?: ApiError;
}

/** The held changes of a folder, reloaded whenever they change. */
export function useHeldChanges(folder: string): Listing & { again(): void } {
  const nothing: Listing = { folder, changes: [], total: 0, complete: false };
  const [listing, setListing] = useState(nothing);
  const running = useRef<AbortController>(undefined);
  const again = useCallback(async () => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    try {
      const changes: HeldChange[] = [];
      let total = 0;
      let cursor: string | null | undefined;
      do {
        const query = { limit: PAGE, ...(cursor && { cursor }) };
        const page = await get<HeldChanges>(`/folders/${folder}/held`, query, controller.signal);
        changes.push(...page.held);
        total = page.changes ?? total;
        cursor = page.next;
      } while (cursor !== null && changes.length < LISTED);
      setListing({ folder, changes, total, complete: true });
    } catch (error) {
      if (!controller.signal.aborted)
        setListing((before) => ({
          ...(before.folder === folder ? before : nothing),
          trouble: error as ApiError,
          complete: true,
        }));
    }
  }, [folder]);
  useEffect(() => {
    void again();
    return () => running.current?.abort();
  }, [again]);
  const soon = useThrottled(() => void again(), THROTTLE_MS);
  useEvents((event) => (event.type === 'held' || event.type === 'again') && soon(), [folder]);
  return { ...(listing.folder === folder ? listing : nothing), again: () => void again() };
}

export type Decision = 'approve' | 'reject';

/** Decides these paths and everything below them, or everything in the folder. */
export async function decide(folder: string, verdict: Decision, paths: string[] | undefined): Promise<void> {
  const choices = paths ? inParts(paths).map((some) => ({ paths: some })) : [{ all: true }];
  let decided = 0;
  try {
    for (const choice of choices) {
      const outcome = await post<HeldOutcome>(`/folders/${folder}/held/${verdict}`, choice);
      decided += outcome.decided;
      for (const { reason } of outcome.refused.slice(0, 1))
        showToast(t.held.refused(outcome.refused.length, reason), { bad: true });
      if (outcome.goesOn) showToast(t.held.goesOn);
    }
  } catch (error) {
    showError(error);
  }
  if (decided > 0) showToast(t.held.decided[verdict](decided));
}

const inParts = (paths: string[]) =>
  Array.from({ length: Math.ceil(paths.length / PAGE) }, (_, i) => paths.slice(i * PAGE, (i + 1) * PAGE));
