import { randomBytes } from 'node:crypto';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFolder } from './folder.ts';
import type { At } from './native.ts';
import { atPath } from './tree.ts';

/** Names of one run differ from those of every other one: some outlive it. */
const RUN = randomBytes(6).toString('hex');
let counter = 0;

/** A free name in staging for content that is about to be placed. */
export function spareIn(folder: OpenFolder): At {
  return { fd: folder.stagingFd, name: `new-${RUN}-${++counter}` };
}

/** Writes small content to staging, with its final mode. */
export function stageBytes(folder: OpenFolder, bytes: Buffer, mode: number): At {
  const at = { ...spareIn(folder), mode };
  folder.disk.write(at, bytes, mode);
  return at;
}

/** Names in staging that an earlier run left. */
export function leftInStaging(folder: OpenFolder): string[] {
  return readdirSync(folder.staging, 'latin1');
}

/** Moves something to a name in staging by path, for content that a child process wrote. */
export function adoptStaged(folder: OpenFolder, path: string | Buffer): At {
  const at = spareIn(folder);
  renameSync(path, atPath(at));
  return at;
}

/** Removes an entry of the staging directory that nobody needs. */
export function discard(folder: OpenFolder, at: At): void {
  const stats = folder.disk.look(at);
  if (stats?.isDirectory()) folder.disk.removeDirectory(at);
  else if (stats) folder.disk.remove(at);
}

/** Directory for one pull; the same name finds what an earlier try left. */
export function pullDirectory(folder: OpenFolder, name: string): string {
  return join(folder.partial, name);
}
