import { join } from 'node:path';
import type { SiteDir } from '../../base/site-dir.ts';
import type { FolderPlan } from '../../topology/site-plan.ts';
import type { Disk, Root } from './disk.ts';

/** A folder of this site, opened: its tree, and what SiteSync keeps beside the tree on the same filesystem. */
export interface OpenFolder extends Root {
  plan: FolderPlan;
  rootFd: number;
  /** Where content waits to be put into place, and where what it replaces is caught. Empty after every start. */
  stagingFd: number;
  /** Names in staging that are not needed and could not be removed yet, as on a disk that became read-only. */
  litter: Set<string>;
  /** What was fetched so far of content that is wanted. */
  partial: string;
  partialFd: number;
  /** Replaced files that some program may still write to. */
  replacedFd: number;
  archive: string;
  archiveFd: number;
  /**
   * Throws when the marker is gone: the disk was unmounted, and everything would look deleted; or when another directory or mount is at
   * the root than the one that was opened.
   */
  check(): void;
  /** Whether its disk answers and is the one that was opened: waits until that is known. Only then this thread may touch it. */
  answers(): Promise<boolean>;
}

const MARKER = '.sitesync/marker';

export function folderRoot(plan: FolderPlan, dir: SiteDir): string {
  return plan.path ?? dir.folder(plan.name);
}

/**
 * Opens a folder. Its root and marker are made only when neither this folder was ever held here (`known` false):
 * a root without its marker is an unmounted disk, and writing there would be wrong. Throws with a remedy.
 */
export function openFolder(
  plan: FolderPlan,
  dir: SiteDir,
  known: boolean,
  disk: Disk,
  answers = async () => true,
): OpenFolder {
  const root = folderRoot(plan, dir);
  const hidden = join(root, '.sitesync');
  if (known) markedRoot(disk, root);
  disk.makeDirectories(hidden, 0o755);
  const rootFd = disk.openRoot(root);
  if (!known) makeMarker(disk, rootFd, plan.name);
  const open = (name: string) => {
    disk.makeDirectories(join(hidden, name), 0o700);
    return disk.openRoot(join(hidden, name));
  };
  return {
    plan,
    root,
    rootFd,
    disk,
    stagingFd: open('staging'),
    litter: new Set(),
    partial: join(hidden, 'partial'),
    partialFd: open('partial'),
    replacedFd: open('replaced'),
    archive: join(hidden, 'archive'),
    archiveFd: open('archive'),
    check() {
      if (markedRoot(disk, root) !== disk.identityOf(rootFd))
        throw new Error('another directory or disk is there than before: it is opened anew');
    },
    answers,
  };
}

/** Which directory is at the root. Throws when it has no marker. */
function markedRoot(disk: Disk, root: string): string {
  const fd = openIfThere(disk, root);
  try {
    if (fd !== undefined && disk.look({ fd, name: MARKER })) return disk.identityOf(fd);
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
  throw new Error(
    `${root} has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file`,
  );
}

function openIfThere(disk: Disk, root: string): number | undefined {
  try {
    return disk.openRoot(root);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function makeMarker(disk: Disk, fd: number, name: string): void {
  const at = { fd, name: MARKER };
  if (!disk.look(at)) disk.write(at, Buffer.from(`${name}\n`), 0o644);
}

export function closeFolder({ disk, rootFd, stagingFd, partialFd, replacedFd, archiveFd }: OpenFolder): void {
  for (const fd of [rootFd, stagingFd, partialFd, replacedFd, archiveFd]) disk.close(fd);
}
