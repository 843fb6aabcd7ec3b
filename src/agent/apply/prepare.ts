import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { MODE_MASK } from '../fs/modes.ts';
import type { OpenDirectories } from '../fs/open-directories.ts';
import { discard, spareIn, stageBytes } from '../fs/staging.ts';
import type { Head } from '../store/head.ts';
import { keepForLater } from './kept.ts';
import { isAsIndexed, type Outcome, type PlaceRequest } from './place.ts';
import { type Before, giveRights, inGroup, isRefused, needsHeir, type Rights, rightsAt } from './rights.ts';
import type { Want } from './want.ts';

/** What is about to be done to one path. */
export interface Prepared extends PlaceRequest, Pick<Want, 'losing'> {
  /** Its rights are not all that it should have. */
  isIncomplete?: true;
  /** The new file has the content of the one that it replaces. */
  isRestated?: true;
}

interface Where {
  folder: OpenFolder;
  dirs: OpenDirectories;
}

/**
 * Prepares the new content in staging, with all its rights. Throws when there is no room for it.
 * @param version the mode of the version that is on the disk, if it may differ from that of the head
 */
export async function prepare(
  where: Where,
  step: 'place' | 'metadata',
  { head, index, bytes, staged, losing }: Want,
  version: number | undefined,
): Promise<Prepared> {
  const { folder, dirs } = where;
  const common = { head, index, spare: spareIn(folder), mode: head.mode & MODE_MASK, ...(losing && { losing }) };
  if (head.kind === 'deleted') return common;
  const before = beforeAt(where, { head, index }, version);
  if (step === 'metadata') {
    const mode = rightsAt(folder, dirs, head, before).mode & MODE_MASK;
    return before ? prepareMetadata(where, { ...common, mode }, before) : { ...common, mode };
  }
  let at = staged ?? make(folder, head, bytes);
  try {
    if (head.kind === 'symlink') {
      folder.disk.setMtime(at, head.mtimeNs);
      return { ...common, fresh: { at, stats: folder.disk.look(at)! } };
    }
    const rights = rightsAt(folder, dirs, head, before);
    if (head.kind === 'file') at = await inGroup(folder, at, rights);
    return { ...common, ...finish(folder, at, head, rights) };
  } catch (error) {
    putAway(folder, head, at);
    throw error;
  }
}

function finish(folder: OpenFolder, at: At, head: Head, rights: Rights): Pick<Prepared, 'fresh' | 'mode'> {
  const { disk } = folder;
  const inherits = head.kind === 'dir' && needsHeir(disk, at, rights.gid);
  const isComplete = giveRights(disk, at, rights);
  if (head.kind === 'file') disk.setMtime(at, head.mtimeNs);
  const stats = disk.look(at)!;
  return {
    mode: rights.mode & MODE_MASK,
    fresh: { at, stats, ...(inherits && { inherits }) },
    ...(!isComplete && !inherits && { isIncomplete: true }),
  };
}

/**
 * Only its owner and root may set the mode and times of a file. That of another user is replaced by a copy of ours, as any
 * program that saves through a temporary file would; if that cannot be done either, the file keeps what it has.
 */
async function prepareMetadata(where: Where, common: Prepared, before: Before): Promise<Prepared> {
  const { folder, dirs } = where;
  const { disk } = folder;
  const { head, mode } = common;
  const self = disk.self();
  const isForeign = self.uid !== 0 && Number(before.stats.uid) !== self.uid;
  const isEqual = (Number(before.stats.mode) & MODE_MASK) === mode && before.stats.mtimeNs === head.mtimeNs;
  if (!isForeign || (isEqual && head.kind === 'file')) return common;
  const request: Prepared = { ...common, isForeign };
  if (head.kind !== 'file') return request;
  let copy: At | undefined;
  try {
    const from = dirs.entry(head.ref.path, false)!;
    copy = spareIn(folder);
    await disk.copy(from, copy);
    if (!head.sha256 || !(await hashFile(disk, copy)).equals(head.sha256)) throw new Error('it is being changed');
    const rights = rightsAt(folder, dirs, head, before);
    copy = await inGroup(folder, copy, rights);
    return { ...request, ...finish(folder, copy, head, rights), isRestated: true };
  } catch (error) {
    if (copy) discard(folder, copy);
    if (isRefused(error)) return request;
    throw error;
  }
}

/** What is at the path, if it is what the index knows and of the same kind. */
function beforeAt(
  { folder, dirs }: Where,
  { head, index }: Pick<Want, 'head' | 'index'>,
  version: number | undefined,
): Before | undefined {
  if (index?.kind !== head.kind || head.kind === 'symlink') return undefined;
  const at = dirs.entry(head.ref.path, false);
  const stats = at && folder.disk.look(at);
  if (!stats || !isAsIndexed(stats, index)) return undefined;
  const known = version ?? (index.mode === head.mode ? head.mode : undefined);
  return { stats, ...(known !== undefined && { version: known }) };
}

function make(folder: OpenFolder, head: Head, bytes: Buffer = Buffer.alloc(0)): At {
  if (head.kind === 'file') return stageBytes(folder, bytes, head.mode & MODE_MASK);
  const at = spareIn(folder);
  if (head.kind === 'dir') folder.disk.makeDirectory(at, head.mode & MODE_MASK);
  else folder.disk.makeSymlink(at, head.target ?? '');
  return at;
}

/** Keeps new content that was not put in place for the next try; not what somebody made of the path meanwhile. */
export function putAway(folder: OpenFolder, { kind, size, sha256 }: Head, at: At, outcome?: Outcome): void {
  const aside = outcome?.state === 'changed-here' ? outcome.aside : undefined;
  if (aside?.name === at.name) return;
  if (kind === 'file' && size > 0 && sha256) keepForLater(folder, at, sha256);
  else discard(folder, at);
}
