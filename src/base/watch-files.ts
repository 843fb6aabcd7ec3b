import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { backoffMs } from './backoff.ts';
import { type Bell, createBell } from './bell.ts';
import { repeat } from './repeat.ts';

/** Between two looks at every file where the kernel cannot watch for us (ms). */
const POLL_MS = 2000;
/** After a look that failed. */
const RETRY_MS = 1000;
/** The longest that a timer can wait: 24 days. */
const NEVER = 2 ** 31 - 1;
/** File systems of which the kernel does not see what other machines write: NFS, SMB, CIFS, 9p, Ceph, FUSE. See statfs(2). */
const REMOTE = new Set([0x6969, 0xfe534d42, 0xff534d42, 0x01021997, 0x00c36400, 0x65735546]);

/**
 * Calls `look` at the start and whenever something in these folders of few files has changed: a file was written, replaced by rename,
 * or swapped with the `..data` link of a mounted ConfigMap or Secret. A folder may come later, or go and come back. Calls may come for
 * nothing, and never two at a time. When `look` throws it is called again after a growing pause; it says itself what is wrong.
 * Ends when the signal aborts.
 * @param everyMs looks also this long after the last look, for what time alone changes
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

/** The folder, or where it would come: the nearest one above it that is there. Another inode is another folder. */
function nearest(folder: string): { path: string; inode: number } {
  for (let path = folder; ; path = dirname(path)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats || path === dirname(path)) return { path, inode: stats?.ino ?? 0 };
  }
}

/** Rings for each change. Returns what ends it. */
function startWatching(folders: Set<string>, present: string[], bell: Bell): () => void {
  // Above a folder that is not there only names count.
  const ignored = (path: string) => !present.includes(path) && !folders.has(dirname(path));
  function start(usePolling: boolean): FSWatcher {
    // What is written before a file is polled for the first time is no change to the poll: one more look finds it.
    const ring = () => {
      bell.ring();
      if (usePolling) setTimeout(bell.ring, POLL_MS).unref();
    };
    return (
      watch(present, { depth: 0, ignoreInitial: true, usePolling, interval: POLL_MS, binaryInterval: POLL_MS, ignored })
        .on('all', ring)
        // What is said of a directory tells of the swap of its `..data`.
        .on('raw', ring)
        // Something may have changed before the kernel was asked.
        .on('ready', ring)
    );
  }
  let current = start(present.some(isRemote));
  const end = (watcher: FSWatcher) => {
    void watcher.close();
    // What was under way may still fail.
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
