import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const CHUNK = 1024 * 1024;
/** Bytes after which what came is sent to the disk. */
const FLUSH = 64 * CHUNK;
/** How often it is looked for more: oftener, and the hash takes the processor from the transfer (a twentieth of its rate, measured). */
const POLL_MS = 25;

/** SHA-256 of a file's content, with bounded memory. */
export async function hashFile(path: string | Buffer): Promise<Buffer> {
  return hashOpen(await open(path));
}

/**
 * The same; undefined when no file is there. What a neighbour sends may be another kind of thing by now, such as a directory of the name
 * of the file that was asked for, and must not spoil what came with it.
 */
export async function hashIfThere(path: string | Buffer): Promise<Buffer | undefined> {
  const file = await openIfThere(path);
  return file && hashOpen(file);
}

async function hashOpen(file: FileHandle): Promise<Buffer> {
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    while (await readInto(file, buffer, (part) => hash.update(part)));
    return hash.digest();
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 of a file that another process writes from front to back, read behind it, so that the verification is over
 * almost when the transfer is. What was read goes to the disk meanwhile, so that the flush before the file is put in its
 * place has little left to do. `finished` settles when the writer is done. Undefined when the file never appeared.
 */
export async function hashBehind(path: string | Buffer, finished: Promise<unknown>): Promise<Buffer | undefined> {
  let done = false;
  const mark = () => {
    done = true;
  };
  finished.then(mark, mark);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let file: FileHandle | undefined;
  const flush = createFlush();
  const take = (part: Buffer) => {
    hash.update(part);
    flush.wrote(part.length, file!);
  };
  try {
    for (;;) {
      const last = done;
      file ??= await openIfThere(path);
      while (file && (await readInto(file, buffer, take)));
      if (last) break;
      await delay(POLL_MS);
    }
    await flush.end();
    return file && hash.digest();
  } finally {
    await file?.close();
  }
}

/** Sends what another process has written to the disk, one request at a time. The kernel tells each disk error once: it is kept. */
function createFlush() {
  let waiting = 0;
  let running: Promise<void> | undefined;
  let failure: unknown;

  async function send(file: FileHandle): Promise<void> {
    try {
      await file.datasync();
      running = undefined;
    } catch (error) {
      failure = error;
    }
  }

  return {
    wrote(bytes: number, file: FileHandle): void {
      waiting += bytes;
      if (waiting < FLUSH || running) return;
      waiting = 0;
      running = send(file);
    },
    /** Resolves when no request runs. Throws what the disk said. */
    async end(): Promise<void> {
      await running;
      if (failure) throw failure;
    },
  };
}

async function readInto(file: FileHandle, buffer: Buffer, use: (part: Buffer) => void): Promise<boolean> {
  const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
  if (bytesRead > 0) use(buffer.subarray(0, bytesRead));
  return bytesRead > 0;
}

async function openIfThere(path: string | Buffer): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
