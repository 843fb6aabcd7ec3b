import { closeSync, constants, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteDir } from '../../base/site-dir.ts';
import type { FolderPlan } from '../../topology/site-plan.ts';
import { type Disk, realDisk } from './disk.ts';
import { identityAt, identityOf } from './statx.ts';

/** A folder of this site, opened: its tree, and what SiteSync keeps beside the tree on the same filesystem. */
export interface OpenFolder {
  plan: FolderPlan;
  root: string;
  rootFd: number;
  disk: Disk;
  /** Where content waits to be put into place, and where what it replaces is caught. Empty after every start. */
  staging: string;
  stagingFd: number;
  /** Names in staging that are not needed and could not be removed yet, as on a disk that became read-only. */
  litter: Set<string>;
  /** What was fetched so far of content that is wanted. */
  partial: string;
  /** Replaced files that some program may still write to. */
  replaced: string;
  replacedFd: number;
  archive: string;
  archiveFd: number;
  marker: string;
  /**
   * Throws when the marker is gone: the disk was unmounted, and everything would look deleted; or when another directory or mount is at
   * the root than the one that was opened.
   */
  check(): void;
  /** Whether its disk answers and is the one that was opened: waits until that is known. Only then this thread may touch it. */
  answers(): Promise<boolean>;
}

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
  disk: Disk = realDisk,
  answers = async () => true,
): OpenFolder {
  const root = folderRoot(plan, dir);
  const hidden = join(root, '.sitesync');
  const marker = join(hidden, 'marker');
  const check = () => {
    if (existsSync(marker)) return;
    throw new Error(
      `${root} has lost its marker .sitesync/marker: is the disk mounted? Mount it, or if it really was emptied, create that file`,
    );
  };
  if (known) check();
  mkdirSync(hidden, { recursive: true, mode: 0o755 });
  const own = (name: string) => {
    const path = join(hidden, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  };
  const [staging, partial, replaced, archive] = [own('staging'), own('partial'), own('replaced'), own('archive')];
  if (!known) writeFileSync(marker, `${plan.name}\n`, { mode: 0o644 });
  const open = (path: string) => openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  const rootFd = open(root);
  return {
    plan,
    root,
    rootFd,
    disk,
    staging,
    stagingFd: open(staging),
    litter: new Set(),
    partial,
    replaced,
    replacedFd: open(replaced),
    archive,
    archiveFd: open(archive),
    marker,
    check() {
      check();
      if (identityAt(root) !== identityOf(rootFd))
        throw new Error('another directory or disk is there than before: it is opened anew');
    },
    answers,
  };
}

export function closeFolder({ rootFd, stagingFd, replacedFd, archiveFd }: OpenFolder): void {
  for (const fd of [rootFd, stagingFd, replacedFd, archiveFd]) closeSync(fd);
}
