import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';

/** Size at which a log is rotated; with the one generation that is kept, a log takes about twice this at most. */
const MAX_BYTES = 5 * 1024 * 1024;

/**
 * Opens a log for a process to write to directly, so that it outlives whoever started it. Append mode makes it safe to
 * truncate the file while the process runs.
 */
export function openLog(path: string): number {
  return openSync(path, 'a', 0o640);
}

/** Copies a large log to PATH.1 and truncates it. The writer keeps its descriptor; a line or two may be lost. */
export function rotateLog(path: string, mostBytes = MAX_BYTES): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < mostBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** The last lines of a log, for a message; '' when there is none. */
export function tailOf(path: string, lines = 5): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const chunk = Buffer.alloc(Math.min(size, 8192));
    readSync(fd, chunk, 0, chunk.length, size - chunk.length);
    return chunk.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    closeSync(fd);
  }
}
