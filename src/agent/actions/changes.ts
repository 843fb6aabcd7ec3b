import { mkdirSync } from 'node:fs';
import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath, parentOf } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { Changed } from '../../web/contract/change.ts';
import { refuse } from '../../web/contract/refusals.ts';
import { atPath } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { createIgnore, ignoresPath } from '../fs/ignore.ts';
import { NotADirectory, OpenDirectories } from '../fs/open-directories.ts';
import { observePaths } from '../journal/observe.ts';
import type { Links } from '../link/links.ts';
import { answeringFolder } from '../queries/folder-of.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { Site } from '../site/site.ts';
import { isUnversioned, loadIndex } from '../store/index-entry.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { type Refusal, rename } from './edit.ts';
import { observeAs } from './observe-as.ts';
import { restore } from './restore.ts';

/** A folder in which users may change things. Throws Refused. */
export async function writable(site: Site, name: string): Promise<OpenFolder> {
  const folder = await answeringFolder(site, name);
  const { mode } = folder.plan;
  if (mode === 'readWrite' || mode === 'sendOnly') return folder;
  throw refuse('receiveOnly', { folder: name, site: site.plan.site });
}

/**
 * Journals these paths, and new parent directories, at once in the author's name.
 * @returns the new state of the first path
 */
export async function journal(site: Site, folder: OpenFolder, refs: PathRef[], author: string): Promise<Changed> {
  const above = await newParents(site, refs);
  await observeAs(site, folder, [...above, ...refs], author);
  const first = refs[0]!;
  const index = (await loadIndex(site.store.db, [first])).get(first.id);
  return { path: encodeApiPath(first.path), version: index && !isUnversioned(index) ? formatId(index) : null };
}

/** Directories above these paths that are not known here; the outermost first. */
export async function newParents(site: Site, refs: PathRef[]): Promise<PathRef[]> {
  const above = new Map<string, PathRef>();
  for (const { folder, path } of refs) {
    for (let dir = parentOf(path); dir !== ''; dir = parentOf(dir)) above.set(dir, refOf(folder, dir));
  }
  const known = await loadIndex(site.store.db, [...above.values()]);
  return [...above.values()].filter(({ id }) => !known.has(id)).sort((a, b) => a.path.length - b.path.length);
}

/** Throws Refused when the folder's rules leave a name out: it would be synced once, or never. */
export function mustBeSynced(folder: OpenFolder, path: BytePath): void {
  if (ignoresPath(createIgnore(folder.plan.ignore), path)) throw refuse('notSynced', { name: displayPath(path) });
}

export async function makeDirectory(site: Site, name: string, path: BytePath, author: string): Promise<Changed> {
  const folder = await writable(site, name);
  mustBeSynced(folder, path);
  const ref = refOf(name, path);
  await site.store.lock(async () => {
    await mustAnswer(site, folder);
    const dirs = new OpenDirectories(folder);
    try {
      mkdirSync(atPath(dirs.entry(path, true)!), 0o755);
    } catch (error) {
      throw refusal(error as Error, path);
    } finally {
      dirs.close();
    }
  });
  return journal(site, folder, [ref], author);
}

/** Renames. The detector finds the contents of a directory in their new place: they cost no bytes on any link. */
export async function move(site: Site, name: string, from: BytePath, to: BytePath, author: string): Promise<Changed> {
  const folder = await writable(site, name);
  if (to === from || to.startsWith(`${from}/`)) throw refuse('intoItself');
  mustBeSynced(folder, to);
  const [source, target] = [refOf(name, from), refOf(name, to)];
  const kind = (await loadIndex(site.store.db, [source])).get(source.id)?.kind;
  for (const ref of [source, target]) site.store.authors.claim(ref, author);
  await site.store.lock(() =>
    rename(site, folder, source, target).catch((error: Error) => {
      const { code } = error as NodeJS.ErrnoException;
      throw refusal(error, code === 'EEXIST' ? to : from);
    }),
  );
  if (kind !== 'dir' && kind !== undefined) return journal(site, folder, [target, source], author);
  const above = await newParents(site, [target]);
  if (above.length > 0) await journal(site, folder, above, author);
  site.wake.look.publish([source, target]);
  return { path: encodeApiPath(to), version: null };
}

export async function restoreAs(
  site: Site,
  links: Links,
  name: string,
  path: BytePath,
  version: string,
  author: string,
): Promise<Changed> {
  const folder = await writable(site, name);
  const ref = refOf(name, path);
  // Directories that went with it come back with it.
  const above = await newParents(site, [ref]);
  for (const one of [...above, ref]) site.store.authors.claim(one, author);
  try {
    const restored = await restore(site, links, name, path, version);
    await observePaths(site, folder, above);
    return { path: encodeApiPath(path), version: formatId(restored) };
  } finally {
    for (const one of [...above, ref]) site.store.authors.release(one);
  }
}

/** What went wrong, as a message for the user. */
export function refusal(why: Refusal | Error, path: BytePath): Error {
  const name = displayPath(path);
  if (why === 'changed-here') return refuse('changedNow', { name });
  if (why === 'not-empty') return refuse('holdsNotSynced', { name });
  if (why instanceof NotADirectory) return new Refused(why.message, 409);
  if (!(why instanceof Error)) return new Refused(`"${name}": ${why.reason}`, 409);
  const { code } = why as NodeJS.ErrnoException;
  if (code === 'EEXIST') return refuse('exists', { name });
  if (code === 'ENOENT') return refuse('gone', { name });
  if (code === 'ENAMETOOLONG') return refuse('tooLong', { name });
  if (code === 'EXDEV') return refuse('otherDisk', { name });
  return why;
}
