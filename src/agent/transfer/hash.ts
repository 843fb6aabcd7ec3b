import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const CHUNK = 1024 * 1024;

/** SHA-256 of a file's content, with bounded memory. */
export async function hashFile(path: string | Buffer): Promise<Buffer> {
  const file = await open(path);
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
 * almost when the transfer is. `finished` settles when the writer is done. Undefined when the file never appeared.
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
  try {
    for (;;) {
      const last = done;
      file ??= await openIfThere(path);
      while (file && (await readInto(file, buffer, (part) => hash.update(part))));
      if (last) return file && hash.digest();
      await delay(5);
    }
  } finally {
    await file?.close();
  }
}

async function readInto(file: FileHandle, buffer: Buffer, use: (part: Buffer) => void): Promise<boolean> {
  const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
  if (bytesRead > 0) use(buffer.subarray(0, bytesRead));
  return bytesRead > 0;
}

async function openIfThere(path: string | Buffer): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
