import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { backoffMs } from './backoff.ts';
import { type Bell, createBell } from './bell.ts';
import { repeat } from './repeat.ts';

/** Poll interval where the kernel cannot watch (ms). */
const POLL_MS = 2000;
/** Pause after a failed `look`. */
const RETRY_MS = 1000;
/** The longest delay of a timer: 24 days. */
const NEVER = 2 ** 31 - 1;
/** File systems where the kernel does not see changes by other machines: NFS, SMB, CIFS, 9p, Ceph, FUSE. See statfs(2). */
const REMOTE = new Set([0x6969, 0xfe534d42, 0xff534d42, 0x01021997, 0x00c36400, 0x65735546]);

/**
 * Calls `look` at the start and whenever something in these small directories has changed: a file was written or replaced
 * by rename, or the `..data` link of a mounted ConfigMap or Secret was swapped. A directory may appear later, or disappear
 * and reappear. Spurious calls are possible, concurrent ones are not. When `look` throws, it is called again after a
 * growing pause; it does its own error reporting. Ends when the signal is aborted.
 * @param everyMs also calls it this long after the last call, for what changes with time alone
 */
export function watchFiles(folders: string[], look: () => unknown, signal: AbortSignal, everyMs = NEVER): void {
  const bell = createBell();
  let watcher: { of: string; close(): void } | undefined;
  let failures = 0;

  async function round(): Promise<void> {
    const present = folders.map(nearest);
    const of = JSON.stringify(present);
    if (of !== watcher?.of) {
      watcher?.close();
      watcher = { of, close: startWatching(new Set(folders), [...new Set(present.map(({ path }) => path))], bell) };
    }
    await look();
    failures = 0;
  }
  void repeat(round, {
    signal,
    pause: (hasFailed) => bell.wait(hasFailed ? backoffMs(failures, RETRY_MS, Math.random()) : everyMs, signal),
    failed: () => void failures++,
  }).then(() => watcher?.close());
}

/** The directory, or its nearest existing ancestor. Another inode is another directory. */
function nearest(folder: string): { path: string; inode: number } {
  for (let path = folder; ; path = dirname(path)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats || path === dirname(path)) return { path, inode: stats?.ino ?? 0 };
  }
}

/** Rings the bell on each change. Returns a function that stops watching. */
function startWatching(folders: Set<string>, present: string[], bell: Bell): () => void {
  // Of the ancestors of a missing directory only entry names matter.
  const ignored = (path: string) => !present.includes(path) && !folders.has(dirname(path));
  function start(usePolling: boolean): FSWatcher {
    // The poll takes what was written before its first pass as given, so look once more.
    const ring = () => {
      bell.ring();
      if (usePolling) setTimeout(bell.ring, POLL_MS).unref();
    };
    return (
      watch(present, { depth: 0, ignoreInitial: true, usePolling, interval: POLL_MS, binaryInterval: POLL_MS, ignored })
        .on('all', ring)
        // A raw event on a directory reveals the swap of its `..data`.
        .on('raw', ring)
        // Something may have changed before the watch was set up.
        .on('ready', ring)
    );
  }
  let current = start(present.some(isRemote));
  const end = (watcher: FSWatcher) => {
    void watcher.close();
    // Operations in progress may still fail.
    watcher.on('error', () => undefined);
  };
  current.once('error', () => {
    // The kernel's watches or instances are used up.
    end(current);
    current = start(true).on('error', () => undefined);
  });
  return () => end(current);
}

function isRemote(path: string): boolean {
  try {
    return REMOTE.has(statfsSync(path).type);
  } catch {
    return false;
  }
}
