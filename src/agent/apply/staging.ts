import { closeSync, constants, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenFolder } from './folder.ts';
import type { At } from './native.ts';
import { atPath } from './tree.ts';

let counter = 0;

/** A free name in the folder's staging directory for something caught or made. */
export function spareIn(folder: OpenFolder): () => At {
  return () => ({ fd: folder.stagingFd, name: `caught-${process.pid}-${Date.now()}-${++counter}` });
}

/** A free name in staging for content that is about to be placed. */
export function spareName(): string {
  return `new-${++counter}`;
}

/** Writes small content to staging, with its final mode. */
export function stageBytes(folder: OpenFolder, bytes: Buffer, mode: number): At {
  const at: At = { fd: folder.stagingFd, name: spareName(), mode };
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(atPath(at), flags, mode);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
  } finally {
    closeSync(fd);
  }
  return at;
}

/**
 * What an earlier run left in staging. Unplaced content is dropped (the journal knows it is wanted), half-pulled
 * content is kept to be resumed, and what was caught before it reached the archive is returned: it must be archived.
 */
export function recoverStaging(folder: OpenFolder): At[] {
  const caught: At[] = [];
  for (const name of readdirSync(folder.staging, 'latin1')) {
    if (name.startsWith('caught-')) caught.push({ fd: folder.stagingFd, name });
    else if (name.startsWith('new-')) rmSync(atPath({ fd: folder.stagingFd, name }), { recursive: true, force: true });
  }
  return caught;
}

/** Moves something to a name in staging by path, for content that a child process wrote. */
export function adoptStaged(folder: OpenFolder, path: string | Buffer): At {
  const at = { fd: folder.stagingFd, name: spareName() };
  renameSync(path, atPath(at));
  return at;
}

/** Directory in staging for one pull; the same name finds what an earlier try left. */
export function pullDirectory(folder: OpenFolder, name: string): string {
  return join(folder.staging, `pull-${name}`);
}
