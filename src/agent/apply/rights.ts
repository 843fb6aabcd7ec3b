import type { BigIntStats } from 'node:fs';
import { type BytePath, parentOf } from '../../base/bytes.ts';
import type { At } from '../fs/at.ts';
import type { Disk } from '../fs/disk.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { MODE_MASK, modeRule, modeToSet } from '../fs/modes.ts';
import { NotADirectory, type OpenDirectories } from '../fs/open-directories.ts';
import { ACCESS_ACL, DEFAULT_ACL, isAcl, limitedBy, withMode, withoutGroup } from '../fs/posix-acl.ts';
import { spareIn } from '../fs/staging.ts';
import type { Head } from '../store/head.ts';

const SETGID = 0o2000;

/** What a directory gives to what is made in it. */
interface Directory {
  fd: number;
  mode: number;
  /** With its setgid bit. */
  gid?: number;
  acl?: Buffer;
}

/** Who may do what with an entry. */
export interface Rights {
  uid: number;
  gid: number;
  mode: number;
  acl?: Buffer;
  /** Of a directory: what it gives to what is made in it. */
  defaultAcl?: Buffer;
  /** Other extended attributes of this office. */
  attributes: Map<string, Buffer>;
  /** The directory from which a group comes that we cannot give to a file. */
  from: number;
}

/** What a path has at this office. */
export interface Before {
  stats: BigIntStats;
  /** The mode of the version that is there, if known. */
  version?: number;
}

/**
 * The rights that a version gets at a path, as if it was saved there: group and ACL of the directory, if it has the setgid
 * bit and a default ACL; a file that is replaced keeps its owner, group, ACL and attributes (docs/decisions/0091). The
 * descriptors of `dirs` must be open as long as the result is used.
 */
export function rightsAt(folder: OpenFolder, dirs: OpenDirectories, head: Head, before: Before | undefined): Rights {
  const { disk } = folder;
  const kind = head.kind === 'dir' ? 'dir' : 'file';
  const directory = directoryOf(disk, dirs, folder.rootFd, head.ref.path);
  const at = before && dirs.entry(head.ref.path, false);
  const own = at && aclOf(disk, at, ACCESS_ACL);
  const acl = own ?? directory.acl;
  const mode = modeToSet(modeRule(folder.plan), {
    kind,
    version: head.mode,
    hasAcl: acl !== undefined,
    directory: directory.mode,
    ...(before && { before: { ...before, here: Number(before.stats.mode) & MODE_MASK } }),
  });
  const self = disk.self();
  const limited = acl && !before ? limitedBy(acl, mode) : mode;
  return {
    uid: before ? Number(before.stats.uid) : self.uid,
    gid: before ? Number(before.stats.gid) : (directory.gid ?? self.gid),
    mode: limited | (kind === 'dir' && directory.gid !== undefined ? SETGID : 0),
    ...(acl && { acl: withMode(acl, limited) }),
    ...(kind === 'dir' && directory.acl && { defaultAcl: directory.acl }),
    attributes: at ? attributesOf(disk, at) : new Map(),
    from: directory.fd,
  };
}

/**
 * Gives rights to an entry in staging, where nobody else can reach it. What the kernel refuses is left out; then nobody
 * gets more rights than at the path.
 * @returns whether it has all of them
 */
export function giveRights(disk: Disk, at: At, rights: Rights): boolean {
  let isComplete = true;
  const attempt = (change: () => void) => {
    try {
      change();
      return true;
    } catch (error) {
      if (!isRefused(error)) throw error;
      isComplete = false;
      return false;
    }
  };
  const { uid, gid, defaultAcl, attributes } = rights;
  let { mode, acl } = rights;
  const stats = disk.look(at)!;
  const hasOwner = Number(stats.uid) === uid || attempt(() => disk.setOwner(at, uid, -1));
  const hasGroup = Number(stats.gid) === gid || attempt(() => disk.setOwner(at, -1, gid));
  if (!hasOwner || !hasGroup) isComplete = false;
  if (!hasGroup) {
    // The bits are those of another group.
    if (acl) acl = withoutGroup(acl);
    else mode = unlessPublic(mode);
  }
  for (const name of disk.attributes(at)) {
    const isOurs = isKept(name) || name === ACCESS_ACL || name === DEFAULT_ACL;
    if (isOurs && !attributes.has(name)) attempt(() => disk.removeAttribute(at, name));
  }
  // Without it the kernel refuses attributes of a file that is read-only.
  if (attributes.size > 0) disk.setMode(at, 0o600);
  for (const [name, value] of attributes) attempt(() => disk.setAttribute(at, name, value));
  if (defaultAcl) attempt(() => disk.setAttribute(at, DEFAULT_ACL, defaultAcl));
  if (acl && !attempt(() => disk.setAttribute(at, ACCESS_ACL, acl))) mode = unlessPublic(mode);
  if ((Number(disk.look(at)!.mode) & (MODE_MASK | SETGID)) !== mode) disk.setMode(at, mode);
  if ((mode & SETGID) !== 0 && (Number(disk.look(at)!.mode) & SETGID) === 0) isComplete = false;
  return isComplete;
}

/** Without the bits of the group, unless everybody may read it. */
const unlessPublic = (mode: number) => (mode & 0o004 ? mode : mode & ~0o070);

/**
 * The same file with the group of its directory, where we are not in that group: only a file that is made in the directory
 * gets it, so its content is copied to one that was, and that nobody saw there.
 */
export async function inGroup(folder: OpenFolder, at: At, { gid, from }: Rights): Promise<At> {
  const { disk } = folder;
  if (!needsHeir(disk, at, gid)) return at;
  const around = disk.stats(from);
  if (Number(around.gid) !== gid || (Number(around.mode) & SETGID) === 0) return at;
  const heir = spareIn(folder);
  try {
    disk.makeHeir(from, heir, 0o600);
  } catch {
    return at; // as on NFS
  }
  try {
    await disk.copyInto(at, heir);
    disk.remove(at);
    return heir;
  } catch (error) {
    disk.remove(heir);
    throw error;
  }
}

/** Whether only what is made in a directory gets its group. */
export function needsHeir(disk: Disk, at: At, gid: number): boolean {
  const self = disk.self();
  return self.uid !== 0 && !self.groups.includes(gid) && Number(disk.look(at)!.gid) !== gid;
}

/** The directory in which a path is, or the nearest one above that exists: those between will inherit from it. */
function directoryOf(disk: Disk, dirs: OpenDirectories, rootFd: number, path: BytePath): Directory {
  const fd = nearest(dirs, path) ?? rootFd;
  const stats = disk.stats(fd);
  const mode = Number(stats.mode);
  const acl = aclOf(disk, { fd, name: '.' }, DEFAULT_ACL);
  return { fd, mode, ...(mode & SETGID && { gid: Number(stats.gid) }), ...(acl && { acl }) };
}

function nearest(dirs: OpenDirectories, path: BytePath): number | undefined {
  for (let below = path; below !== ''; below = parentOf(below)) {
    try {
      const at = dirs.entry(below, false);
      if (at) return at.fd;
    } catch (error) {
      // A file that gives way to a directory in the same batch.
      if (!(error instanceof NotADirectory)) throw error;
    }
  }
  return undefined;
}

function aclOf(disk: Disk, at: At, name: string): Buffer | undefined {
  const acl = disk.attribute(at, name);
  return acl && isAcl(acl) ? acl : undefined;
}

function attributesOf(disk: Disk, at: At): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const name of disk.attributes(at).filter(isKept)) {
    const value = disk.attribute(at, name);
    if (value) found.set(name, value);
  }
  return found;
}

/**
 * Attributes of people and file servers. Not capabilities, which would give a content from elsewhere rights of its own, and
 * not what the kernel computes.
 */
const isKept = (name: string) =>
  name.startsWith('user.') ||
  name === 'security.NTACL' ||
  name === 'system.nfs4_acl' ||
  (name.startsWith('trusted.') && !name.startsWith('trusted.overlay.'));

/** Whether the kernel says that we, or this disk, may not. */
export function isRefused(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '');
}
