import { randomBytes } from 'node:crypto';
import type { At } from './at.ts';
import type { OpenFolder } from './folder.ts';

/** Makes names of different runs distinct: some outlive their run. */
const RUN = randomBytes(6).toString('hex');
let counter = 0;

/** A free name in staging for content that is about to be placed. */
export function spareIn(folder: OpenFolder): At {
  return { fd: folder.stagingFd, name: `new-${RUN}-${++counter}` };
}

/** Writes small content to staging, with its final mode. Leaves nothing when there is not enough room. */
export function stageBytes(folder: OpenFolder, bytes: Buffer, mode: number): At {
  const at = { ...spareIn(folder), mode };
  try {
    folder.disk.write(at, bytes, mode);
  } catch (error) {
    discard(folder, at); // the part that fitted
    throw error;
  }
  return at;
}

/** Names in staging that an earlier run left. */
export function leftInStaging(folder: OpenFolder): string[] {
  return [...folder.disk.names(folder.stagingFd)].flat();
}

/** Moves content written by a child process to a name in staging. */
export function adoptStaged(folder: OpenFolder, from: At): At {
  const at = spareIn(folder);
  folder.disk.replace(from, at);
  return at;
}

/** Removes an unneeded entry of the staging directory; if that fails now, {@link sweep} does it later. */
export function discard(folder: OpenFolder, at: At): void {
  try {
    const stats = folder.disk.look(at);
    if (stats?.isDirectory()) folder.disk.removeDirectory(at);
    else if (stats) folder.disk.remove(at);
    folder.litter.delete(at.name);
  } catch {
    folder.litter.add(at.name);
  }
}

/** Removes what could not be removed before. */
export function sweep(folder: OpenFolder): void {
  for (const name of folder.litter) discard(folder, { fd: folder.stagingFd, name });
}
