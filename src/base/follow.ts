import { type FSWatcher, watch } from 'node:fs';

/** Should the kernel be silent, as on some network filesystems. */
const POLL_MS = 30_000;

/**
 * Calls back whenever files in these folders may have changed: written, replaced by rename, or by the symlink swap of a
 * mounted ConfigMap or Secret. It may call for nothing: compare what you read. Ends when the signal aborts.
 */
export function followFolders(folders: string[], changed: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const watchers = folders.map((folder): FSWatcher => {
    const watcher = watch(folder, () => changed());
    watcher.on('error', () => watcher.close()); // the folder is gone: the timer goes on looking
    return watcher;
  });
  const timer = setInterval(changed, POLL_MS);
  signal.addEventListener(
    'abort',
    () => {
      clearInterval(timer);
      for (const watcher of watchers) watcher.close();
    },
    { once: true },
  );
}
