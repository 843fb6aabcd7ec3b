import { closeSync, openSync, writeSync } from 'node:fs';
import type { Logger } from 'pino';

/** Where a logger writes. */
export interface LogDestination {
  write(line: string): void;
  end(): void;
}

const STDOUT = 1;
/** How long to wait for a slow reader before dropping the line. */
const TRIES = 50;
const PAUSE_MS = 2;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes each line at once to a file or to stdout. A line that cannot be written is dropped and the caller continues:
 * pino's own destination ends the process when the disk of the log is full, and hangs doing so.
 */
export function logTo(path?: string): LogDestination {
  const fd = path === undefined ? STDOUT : openSync(path, 'a', 0o640);
  return {
    write: (line) => writeLine(fd, Buffer.from(line)),
    end: () => {
      if (path !== undefined) closeSync(fd);
    },
  };
}

function writeLine(fd: number, line: Buffer): void {
  for (let done = 0, tries = 0; done < line.length && tries < TRIES; ) {
    try {
      done += writeSync(fd, line, done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      tries++;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }
}

/**
 * Logs an unhandled rejection, which is a bug of ours, instead of ending the process, in which everything else works. For
 * long-running processes.
 */
export function logUnhandledRejections(log: Pick<Logger, 'error'>): void {
  process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'unhandled background failure; continuing'));
}
