import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hasSize, reached } from '../measure.ts';
import type { Star } from '../star.ts';

export const MB = 2 ** 20;

/** Writes a file of random bytes and waits until it is on disk, so that no peer pays for another's write-back. */
export function writeRandom(path: string, bytes: number): void {
  const fd = openSync(path, 'w');
  for (let done = 0; done < bytes; done += MB) writeSync(fd, randomBytes(Math.min(MB, bytes - done)));
  fsyncSync(fd);
  closeSync(fd);
}

/** Changes `bytes` bytes in the middle of a file, in place. */
export function changeMiddle(path: string, size: number, bytes: number): Buffer {
  const content = randomBytes(bytes);
  const fd = openSync(path, 'r+');
  writeSync(fd, content, 0, bytes, Math.floor(size / 2));
  closeSync(fd);
  return content;
}

/** Whether a file has these bytes in its middle. */
export function hasMiddle(path: string, size: number, content: Buffer): boolean {
  if (!hasSize(path, size)) return false;
  const found = Buffer.alloc(content.length);
  const fd = openSync(path, 'r');
  readSync(fd, found, 0, found.length, Math.floor(size / 2));
  closeSync(fd);
  return found.equals(content);
}

/**
 * Seconds from the end of writing until a file of this size is at the first hub, and at the far child; and how many of them
 * the first hub spent receiving, verifying and placing it, where that is observable.
 */
export async function largeFile(
  star: Star,
  name: string,
  bytes: number,
): Promise<{ hub: number; far: number; hop?: number }> {
  writeRandom(join(star.root('a'), name), bytes);
  const start = performance.now();
  const seconds = async (site: 'h1' | 'c') => {
    await reached(() => hasSize(join(star.root(site), name), bytes), 300_000, `${name} at ${site}`, 10);
    return (performance.now() - start) / 1000;
  };
  let began: number | undefined;
  const arriving = reached(
    () => {
      const isThere = hasSize(join(star.root('h1'), name), bytes);
      if (star.receiving?.('h1', name)) began ??= (performance.now() - start) / 1000;
      return isThere || began !== undefined;
    },
    300_000,
    `${name} on its way`,
    2,
  );
  const [hub, far] = await Promise.all([seconds('h1'), seconds('c'), arriving]);
  return { hub, far, ...(began !== undefined && { hop: hub - began }) };
}

/**
 * Bytes on the first link until everything has settled, and seconds to the far child, for 1 KB changed in the middle of a
 * file that all have.
 */
export async function change(star: Star, name: string, size: number): Promise<{ bytes: number; seconds: number }> {
  await star.settled();
  const before = star.wireBytes()['a-h1']!;
  const start = performance.now();
  const content = changeMiddle(join(star.root('a'), name), size, 1024);
  await reached(() => hasMiddle(join(star.root('c'), name), size, content), 120_000, 'the change', 10);
  const seconds = (performance.now() - start) / 1000;
  await star.settled();
  return { bytes: star.wireBytes()['a-h1']! - before, seconds };
}
