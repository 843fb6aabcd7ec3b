import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { takenBy } from '../fs/sparse.ts';
import { discard, spareIn } from '../fs/staging.ts';

/**
 * Content that was fetched and verified but cannot be placed yet (its path is immutable, its directory read-only, a program
 * has it open). It is kept beside partial transfers, named by its hash, and is not fetched again. Bounded: the oldest is
 * dropped.
 */
const PREFIX = 'kept-';
const MOST_FILES = 1000;
/** The row that says where a file went may come later than the one that says that it is gone. */
const UNWANTED_MS = 60_000;
const MOST_BYTES = 16 * 2 ** 30;

/** The ctimes at which content was known to match its name: it is not reread for each try. */
const verified = new WeakMap<OpenFolder, Map<string, bigint>>();

/** Keeps content for the next try, if the disk allows it. */
export function keepForLater(folder: OpenFolder, at: At, sha256: Buffer): void {
  try {
    keep(folder, at, PREFIX + sha256.toString('hex'));
  } catch {
    discard(folder, at); // then it is fetched again
  }
}

function keep(folder: OpenFolder, at: At, name: string): void {
  const { disk, partialFd } = folder;
  const kept = { fd: partialFd, name };
  disk.setMode(at, 0o600);
  disk.replace(at, kept);
  disk.setMtime(kept, BigInt(disk.now()) * 1_000_000n); // its own mtime may be long ago
  const known = verified.get(folder) ?? new Map<string, bigint>();
  verified.set(folder, known.set(name, disk.look(kept)!.ctimeNs));
}

/** Returns kept content with this hash to staging. */
export async function takeKept(folder: OpenFolder, sha256: Buffer): Promise<At | undefined> {
  const name = PREFIX + sha256.toString('hex');
  const { disk, partialFd } = folder;
  const kept = { fd: partialFd, name };
  const stats = disk.look(kept);
  if (!stats) return undefined;
  const isSound = verified.get(folder)?.get(name) === stats.ctimeNs || (await hashFile(disk, kept)).equals(sha256);
  const at = spareIn(folder);
  disk.replace(kept, at);
  if (isSound) return at;
  discard(folder, at);
  return undefined;
}

/** Removes what is no longer wanted, and of the rest what exceeds the limits. `wanted`: hashes in hex. */
export function forgetKept(folder: OpenFolder, wanted: Set<string>): void {
  const { disk, partialFd } = folder;
  for (const name of namesOf(folder)) {
    if (wanted.has(name.slice(PREFIX.length))) continue;
    const { mtimeNs } = disk.look({ fd: partialFd, name })!;
    if (disk.now() - Number(mtimeNs / 1_000_000n) > UNWANTED_MS) remove(folder, name);
  }
  dropOldest(folder);
}

/** The hashes of the contents that this folder keeps. */
export const keptHashes = (folder: OpenFolder): Buffer[] =>
  namesOf(folder).map((name) => Buffer.from(name.slice(PREFIX.length), 'hex'));

function dropOldest(folder: OpenFolder): void {
  const kept = namesOf(folder).map((name) => {
    const stats = folder.disk.look({ fd: folder.partialFd, name })!;
    return { name, size: takenBy(stats), mtimeNs: stats.mtimeNs };
  });
  let bytes = 0;
  // The newest stays, however large it is.
  for (const [i, { name, size }] of kept.toSorted((a, b) => (a.mtimeNs < b.mtimeNs ? 1 : -1)).entries()) {
    bytes += size;
    if (i >= MOST_FILES || (i > 0 && bytes > MOST_BYTES)) remove(folder, name);
  }
}

const namesOf = ({ disk, partialFd }: OpenFolder) =>
  [...disk.names(partialFd)].flat().filter((name) => name.startsWith(PREFIX));

function remove(folder: OpenFolder, name: string): void {
  const at = spareIn(folder);
  folder.disk.replace({ fd: folder.partialFd, name }, at);
  discard(folder, at);
}
