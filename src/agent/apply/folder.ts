import { closeSync, constants, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteDir } from '../../base/site-dir.ts';
import type { FolderPlan } from '../../topology/site-plan.ts';

/** A folder of this site, opened: its tree, and what SiteSync keeps beside the tree on the same filesystem. */
export interface OpenFolder {
  plan: FolderPlan;
  root: string;
  rootFd: number;
  /** Where content waits to be renamed into place, and where what it replaces is caught. */
  staging: string;
  stagingFd: number;
  archive: string;
  marker: string;
  /** Throws when the marker is gone: the disk was unmounted, and everything would look deleted. */
  check(): void;
}

export function folderRoot(plan: FolderPlan, dir: SiteDir): string {
  return plan.path ?? dir.folder(plan.name);
}

/**
 * Opens a folder. Its root and marker are made only when neither this folder was ever held here (`known` false):
 * a root without its marker is an unmounted disk, and writing there would be wrong. Throws with a remedy.
 */
export function openFolder(plan: FolderPlan, dir: SiteDir, known: boolean): OpenFolder {
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
  const staging = join(hidden, 'staging');
  const archive = join(hidden, 'archive');
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  mkdirSync(archive, { recursive: true, mode: 0o700 });
  if (!known) writeFileSync(marker, `${plan.name}\n`, { mode: 0o644 });
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  return {
    plan,
    root,
    rootFd: openSync(root, flags),
    staging,
    stagingFd: openSync(staging, flags),
    archive,
    marker,
    check,
  };
}

export function closeFolder(folder: OpenFolder): void {
  closeSync(folder.rootFd);
  closeSync(folder.stagingFd);
}
