import type { PassResult, WatchState } from './facts.ts';

export interface DetectState {
  watching: 'ok' | 'degraded';
  watchedDirectories: number;
  files: number;
  lastPassMs: number;
  lastPassAt: string | null;
  /** Something was seen that is not journaled yet, or what a folder holds is not known. */
  busy: boolean;
  errors: string[];
}

/** What the detector knows of one folder. */
export interface FolderState {
  watch: WatchState;
  waiting: boolean;
  /** Reports and findings that are being worked off. */
  handling: number;
  /** Passes that have to find what was lost. */
  owed: number;
  last?: PassResult & { at: number };
  error?: string;
  /** The pass that runs, and the one that was asked for meanwhile: a queue of size 1. */
  running: Promise<void> | undefined;
  queued: Promise<void> | undefined;
  due: number;
}

export const freshState = (): FolderState => ({
  watch: { watched: 0 },
  waiting: false,
  handling: 0,
  owed: 0,
  running: undefined,
  queued: undefined,
  due: Number.POSITIVE_INFINITY,
});

/** Whether something was seen of it that is not worked off. */
export const isBusy = ({ handling, waiting, owed }: FolderState): boolean => handling > 0 || waiting || owed > 0;

/** Whether no pass has seen the whole of it, or the last one failed. */
const isUnknown = ({ error, last }: FolderState) => error !== undefined || last === undefined;

/**
 * All folders as one, for people. Pure.
 * @param isWorking whether something that was seen is still worked on
 */
export function stateOf(all: FolderState[], isWorking: boolean): DetectState {
  const degraded = all.map((f) => f.watch.degraded).filter((reason) => reason !== undefined);
  const at = Math.max(0, ...all.map((f) => f.last?.at ?? 0));
  return {
    watching: degraded.length ? 'degraded' : 'ok',
    watchedDirectories: all.reduce((sum, f) => sum + f.watch.watched, 0),
    files: all.reduce((sum, f) => sum + (f.last?.files ?? 0), 0),
    lastPassMs: Math.round(Math.max(0, ...all.map((f) => f.last?.ms ?? 0))),
    lastPassAt: at === 0 ? null : new Date(at).toISOString(),
    busy: isWorking || all.some(isUnknown),
    errors: [...degraded, ...all.flatMap(errorsOf)].slice(0, 10),
  };
}

function errorsOf({ error, last, watch }: FolderState): string[] {
  return [...(error === undefined ? [] : [error]), ...(last?.errors ?? []), ...(watch.errors ?? [])];
}
