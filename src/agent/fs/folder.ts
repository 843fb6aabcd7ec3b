import { join } from 'node:path';
import type { SiteDir } from '../../base/site-dir.ts';
import { ProblemError, problem } from '../../problems/problem.ts';
import type { FolderPlan } from '../../topology/site-plan.ts';
import type { At } from './at.ts';
import type { Disk, Root } from './disk.ts';
import { ACCESS_ACL, DEFAULT_ACL } from './posix-acl.ts';
import { openingWriteBits } from './write-bit.ts';

/** An open folder of this site: its tree, and what SiteSync keeps beside it on the same filesystem. */
export interface OpenFolder extends Root {
  plan: FolderPlan;
  rootFd: number;
  /** Holds content before it is put in place, and what it replaces. Empty after every start. */
  stagingFd: number;
  /** Names in staging that could not be removed yet, as on a disk that became read-only. */
  litter: Set<string>;
  /** Partial downloads. */
  partial: string;
  partialFd: number;
  /** Replaced files that a program may still be writing to. */
  replacedFd: number;
  archive: string;
  archiveFd: number;
  /** It was released: its descriptors no longer lead to the folder. */
  isReleased: boolean;
  /**
   * Throws when the marker is missing, because the disk was unmounted and everything would look deleted; or when the
   * root, or a directory beside the tree such as the archive, is not the one that was opened.
   */
  check(): void;
  /**
   * Resolves once it is known whether its disk responds and is the one that was opened. Only then may this thread touch
   * it.
   */
  answers(): Promise<boolean>;
}

/** The numbers stay reserved for the folder while the agent runs: see {@link releaseFolder}. */
type Descriptors = Pick<OpenFolder, (typeof NUMBERS)[number]>;
const NUMBERS = ['rootFd', 'stagingFd', 'partialFd', 'replacedFd', 'archiveFd'] as const;

const MARKER = '.sitesync/marker';

export function folderRoot(plan: FolderPlan, dir: SiteDir): string {
  return plan.path ?? dir.folder(plan.name);
}

/**
 * Opens a folder. Root and marker are created only if the folder was never held here (`known` is false): a root without
 * its marker is an unmounted disk, which must not be written to. Throws {@link ProblemError}.
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
  const descriptors = openDescriptors(disk, plan.name, paths, released);
  for (const which of NUMBERS) if (which !== 'rootFd') makePrivate(disk, descriptors[which]);
  removeAcl(disk, { fd: descriptors.rootFd, name: '.sitesync' }, DEFAULT_ACL);
  if (!known) makeMarker(disk, descriptors.rootFd, plan.name);
  const folder: OpenFolder = {
    ...descriptors,
    plan,
    root,
    disk: openingWriteBits(disk, descriptors),
    litter: new Set(),
    partial,
    archive,
    isReleased: false,
    check() {
      const isOther = markedRoot(disk, plan.name, root) !== disk.identityOf(folder.rootFd);
      if (isOther || folder.isReleased || !hasOwnDirectories(folder))
        throw new ProblemError(problem('folderReplaced', { folder: plan.name, root }));
    },
    answers,
  };
  return folder;
}

/**
 * Takes away what the folder's root gave to a directory of ours. Nobody else reaches what is prepared there, and nothing
 * inherits from it.
 */
function makePrivate(disk: Disk, fd: number): void {
  for (const name of [DEFAULT_ACL, ACCESS_ACL]) removeAcl(disk, { fd, name: '.' }, name);
  if ((Number(disk.stats(fd).mode) & 0o7777) === 0o700) return;
  try {
    disk.setOpenMode(fd, 0o700);
  } catch (error) {
    // A filesystem without modes.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

function removeAcl(disk: Disk, at: At, name: string): void {
  if (disk.attribute(at, name)) disk.removeAttribute(at, name);
}

function openDescriptors(
  disk: Disk,
  folder: string,
  paths: Record<keyof Descriptors, string>,
  released: Descriptors | undefined,
): Descriptors {
  const opened: number[] = [];
  const close = () => opened.forEach((fd) => disk.close(fd));
  try {
    for (const which of NUMBERS) opened.push(disk.openRoot(paths[which]));
    const [root, ...own] = opened.map((fd) => ({ dev: disk.stats(fd).dev, isMount: disk.isMount(fd) }));
    const mounted = own.findIndex(({ dev, isMount }) => isMount || dev !== root!.dev);
    if (mounted >= 0)
      throw new ProblemError(problem('ownDirectoryMounted', { folder, path: paths[NUMBERS[mounted + 1]!] }));
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

/** Identifies the directory at the root. Throws when it has no marker. */
function markedRoot(disk: Disk, folder: string, root: string): string {
  const fd = openIfThere(disk, root);
  try {
    if (fd !== undefined && disk.look({ fd, name: MARKER })) return disk.identityOf(fd);
  } finally {
    if (fd !== undefined) disk.close(fd);
  }
  throw new ProblemError(problem('markerGone', { folder, root }));
}

/** Whether what is kept beside the tree still has its place: somebody may have removed the archive to free its space. */
function hasOwnDirectories({ disk, rootFd, stagingFd, partialFd, replacedFd, archiveFd }: OpenFolder): boolean {
  const own = { staging: stagingFd, partial: partialFd, replaced: replacedFd, archive: archiveFd };
  return Object.entries(own).every(
    ([name, fd]) => disk.look({ fd: rootFd, name: `.sitesync/${name}` })?.ino === disk.stats(fd).ino,
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

/**
 * Releases a folder's filesystem. A transfer may still use its descriptors, so their numbers must not be reused: they
 * lead nowhere until {@link openFolder} gets them back. May be repeated. Must run under the site's lock, so that no
 * batch is in progress.
 */
export function releaseFolder(folder: OpenFolder): void {
  folder.isReleased = true;
  for (const which of NUMBERS) folder.disk.redirect(folder[which]);
}
