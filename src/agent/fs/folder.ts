import { join } from 'node:path';
import type { SiteDir } from '../../base/site-dir.ts';
import { ProblemError, problem } from '../../problems/problem.ts';
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
  /** It was let go of: whoever still has it must not take what the descriptors lead to for what was opened. */
  isReleased: boolean;
  /**
   * Throws when the marker is gone: the disk was unmounted, and everything would look deleted; or when another directory or mount is at
   * the root than the one that was opened.
   */
  check(): void;
  /** Whether its disk answers and is the one that was opened: waits until that is known. Only then this thread may touch it. */
  answers(): Promise<boolean>;
}

/** Their numbers are the folder's as long as the agent runs: see {@link releaseFolder}. */
type Descriptors = Pick<OpenFolder, (typeof NUMBERS)[number]>;
const NUMBERS = ['rootFd', 'stagingFd', 'partialFd', 'replacedFd', 'archiveFd'] as const;

const MARKER = '.sitesync/marker';

export function folderRoot(plan: FolderPlan, dir: SiteDir): string {
  return plan.path ?? dir.folder(plan.name);
}

/**
 * Opens a folder. Its root and marker are made only when neither this folder was ever held here (`known` false):
 * a root without its marker is an unmounted disk, and writing there would be wrong. Throws {@link ProblemError}.
 * @param released the same folder as it was opened before
 */
export function openFolder(
  plan: FolderPlan,
  dir: SiteDir,
  known: boolean,
  disk: Disk,
  answers = async () => true,
  released?: Descriptors,
): OpenFolder {
  const root = folderRoot(plan, dir);
  const hidden = join(root, '.sitesync');
  if (known) markedRoot(disk, plan.name, root);
  disk.makeDirectories(hidden, 0o755);
  const own = (name: string) => {
    const path = join(hidden, name);
    disk.makeDirectories(path, 0o700);
    return path;
  };
  const [partial, archive] = [own('partial'), own('archive')];
  const paths = {
    rootFd: root,
    stagingFd: own('staging'),
    partialFd: partial,
    replacedFd: own('replaced'),
    archiveFd: archive,
  };
  const descriptors = openDescriptors(disk, paths, released);
  if (!known) makeMarker(disk, descriptors.rootFd, plan.name);
  const folder: OpenFolder = {
    ...descriptors,
    plan,
    root,
    disk,
    litter: new Set(),
    partial,
    archive,
    isReleased: false,
    check() {
      if (markedRoot(disk, plan.name, root) !== disk.identityOf(folder.rootFd) || folder.isReleased)
        throw new ProblemError(problem('folderReplaced', { folder: plan.name, root }));
    },
    answers,
  };
  return folder;
}

function openDescriptors(
  disk: Disk,
  paths: Record<keyof Descriptors, string>,
  released: Descriptors | undefined,
): Descriptors {
  const opened: number[] = [];
  const close = () => opened.forEach((fd) => disk.close(fd));
  try {
    for (const which of NUMBERS) opened.push(disk.openRoot(paths[which]));
    if (!released) return named(opened);
    NUMBERS.forEach((which, i) => disk.redirect(released[which], opened[i]));
  } catch (error) {
    close();
    throw error;
  }
  close();
  return named(NUMBERS.map((which) => released[which]));
}

const named = (fds: number[]) => Object.fromEntries(NUMBERS.map((which, i) => [which, fds[i]])) as Descriptors;

/** Which directory is at the root. Throws when it has no marker. */
function markedRoot(disk: Disk, folder: string, root: string): string {
  const fd = openIfThere(disk, root);
  try {
    if (fd !== undefined && disk.look({ fd, name: MARKER })) return disk.identityOf(fd);
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
  throw new ProblemError(problem('markerGone', { folder, root }));
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

/**
 * Lets go of a folder's filesystem. A transfer may still use its descriptors, so their numbers must not come to mean something else: they
 * lead nowhere until {@link openFolder} gets them back. May be called again. Under the site's lock, so that no batch is in the middle.
 */
export function releaseFolder(folder: OpenFolder): void {
  folder.isReleased = true;
  for (const which of NUMBERS) folder.disk.redirect(folder[which]);
}
