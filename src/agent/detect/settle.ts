import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { type BytePath, fsPath } from '../../base/bytes.ts';
import type { FileFact, Settled } from './facts.ts';
import { factFrom, factOf } from './lstat.ts';

const CHUNK = 1024 * 1024;
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The file changed while it was read: a later look decides. */
export const CHANGING = 'changing';

/**
 * The stable-file rule: stat, hash, stat again; only content that stood still has a hash. `CHANGING` when it did not,
 * undefined when no regular file is there. Throws when it may not be read.
 */
export function settleSmall(root: string, path: BytePath, inlineMax: number): Settled | typeof CHANGING | undefined {
  const before = factOf(root, path);
  if (before?.kind !== 'file') return undefined;
  let fd: number;
  try {
    fd = openSync(fsPath(`${root}/${path}`), FLAGS);
  } catch (error) {
    if (isRace(error)) return CHANGING;
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(before.size + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < bytes.length; length += n) n = readSync(fd, bytes, length, bytes.length - length, null);
    const after = factFrom(path, fstatSync(fd, { bigint: true }));
    if (length !== before.size || !stoodStill(before, after, factOf(root, path))) return CHANGING;
    const content = bytes.subarray(0, length);
    const sha256 = createHash('sha256').update(content).digest();
    return { fact: before, sha256, ...(length <= inlineMax && { content: Uint8Array.from(content) }) };
  } finally {
    closeSync(fd);
  }
}

/** The same for a large file, with bounded memory and without holding up anything else. */
export async function settleLarge(root: string, path: BytePath): Promise<Settled | typeof CHANGING | undefined> {
  const before = factOf(root, path);
  if (before?.kind !== 'file') return undefined;
  const file = await open(fsPath(`${root}/${path}`), FLAGS).catch((error: unknown) => {
    if (isRace(error)) return undefined;
    throw error;
  });
  if (!file) return CHANGING;
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      length += bytesRead;
      if (length > before.size) return CHANGING;
    }
    const after = factFrom(path, await file.stat({ bigint: true }));
    if (length !== before.size || !stoodStill(before, after, factOf(root, path))) return CHANGING;
    return { fact: before, sha256: hash.digest() };
  } finally {
    await file.close();
  }
}

function stoodStill(before: FileFact, ...later: (FileFact | undefined)[]): boolean {
  return later.every(
    (fact) =>
      fact !== undefined &&
      fact.ino === before.ino &&
      fact.size === before.size &&
      fact.mtimeNs === before.mtimeNs &&
      fact.ctimeNs === before.ctimeNs,
  );
}

function isRace(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR';
}
