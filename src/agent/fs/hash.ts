import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { At } from './at.ts';
import type { Disk, Reads } from './disk.ts';
import { createStretches, type Stretches, useZeros } from './stretches.ts';

const CHUNK = 1024 * 1024;
/** Bytes after which new data is flushed to disk. */
const FLUSH = 64 * CHUNK;
/** Poll interval for more data: if shorter, hashing takes CPU time from the transfer (a twentieth of its rate, measured). */
const POLL_MS = 25;

/** SHA-256 of a file's content, with bounded memory. Holes are not read. */
export async function hashFile(disk: Reads, at: At): Promise<Buffer> {
  return hashOpen(disk, disk.openFile(at));
}

/**
 * The same; undefined when there is no file. What a neighbour sends may have become something else, such as a directory
 * with the name of the requested file, and must not affect the rest of the batch.
 */
export async function hashIfThere(disk: Reads, at: At): Promise<Buffer | undefined> {
  const fd = openIfThere(disk, at);
  return fd === undefined ? undefined : hashOpen(disk, fd);
}

/** Closes `fd`. */
async function hashOpen(disk: Reads, fd: number): Promise<Buffer> {
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    const stretches = createStretches(disk, fd);
    while (await readInto(disk, fd, stretches, buffer, (part) => hash.update(part)));
    return hash.digest();
  } finally {
    disk.close(fd);
  }
}

/**
 * SHA-256 of a file that another process writes sequentially, read right behind it, so that verification ends almost
 * together with the transfer. What was read is flushed meanwhile, which leaves little to flush before the file is placed.
 * `finished` settles when the writer is done. Undefined when the file never appeared.
 */
export async function hashBehind(
  disk: Disk,
  at: At,
  finished: Promise<unknown>,
  clock: Pick<Clock, 'after'>,
): Promise<Buffer | undefined> {
  let done = false;
  const mark = () => {
    done = true;
  };
  finished.then(mark, mark);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let fd: number | undefined;
  let stretches: Stretches | undefined;
  const flush = createFlush(disk);
  const take = (part: Buffer) => {
    hash.update(part);
    flush.wrote(part.length, fd!);
  };
  try {
    for (;;) {
      const last = done;
      fd ??= openIfThere(disk, at);
      if (fd !== undefined) stretches ??= createStretches(disk, fd);
      while (fd !== undefined && (await readInto(disk, fd, stretches!, buffer, take)));
      if (last) break;
      await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
    }
    await flush.end();
    return fd === undefined ? undefined : hash.digest();
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
}

/**
 * Flushes what another process has written, one request at a time. The kernel reports each disk error only once, so it is
 * remembered.
 */
function createFlush(disk: Disk) {
  let waiting = 0;
  let running: Promise<void> | undefined;
  let failure: unknown;

  async function send(fd: number): Promise<void> {
    try {
      await disk.flushFile(fd);
      running = undefined;
    } catch (error) {
      failure = error;
    }
  }

  return {
    wrote(bytes: number, fd: number): void {
      waiting += bytes;
      if (waiting < FLUSH || running) return;
      waiting = 0;
      running = send(fd);
    },
    /** Resolves when no request runs. Throws the disk's error. */
    async end(): Promise<void> {
      await running;
      if (failure) throw failure;
    },
  };
}

/** Uses the next part of a file; false at its end as it is now. */
export async function readInto(
  disk: Reads,
  fd: number,
  stretches: Stretches,
  buffer: Buffer,
  use: (part: Buffer) => void,
): Promise<boolean> {
  const next = stretches.next(buffer.length);
  if (!next) return false;
  if (next.isHole) await useZeros(next.bytes, use);
  const bytesRead = next.isHole ? next.bytes : await disk.readLater(fd, buffer, next.bytes);
  if (!next.isHole && bytesRead > 0) use(buffer.subarray(0, bytesRead));
  stretches.took(bytesRead);
  return bytesRead > 0;
}

function openIfThere(disk: Reads, at: At): number | undefined {
  let fd: number;
  try {
    fd = disk.openFile(at);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  if (disk.stats(fd).isFile()) return fd;
  disk.close(fd);
  return undefined;
}
