import { type FSWatcher, watch } from 'node:fs';

/** Should the kernel be silent, as on some network filesystems. */
const POLL_MS = 30_000;
/** Where it watches nothing for us: its instances are used up, or a folder is not there. */
const UNWATCHED_POLL_MS = 2000;

/**
 * Calls back whenever files in these folders may have changed: written, replaced by rename, or by the symlink swap of a
 * mounted ConfigMap or Secret. It may call for nothing: compare what you read. Ends when the signal aborts.
 */
export function followFolders(folders: string[], changed: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const watchers = folders.flatMap((folder) => watchFolder(folder, changed) ?? []);
  const timer = setInterval(changed, watchers.length < folders.length ? UNWATCHED_POLL_MS : POLL_MS);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      for (const watcher of watchers) watcher.close();
    },
    { once: true },
  );
}

/** Undefined where the kernel gives no watch: whoever asks goes on looking by itself. */
function watchFolder(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, () => changed());
    watcher.on('error', () => watcher.close()); // the folder is gone: the timer goes on looking
    return watcher;
  } catch {
    return undefined;
  }
}
