import { type BigIntStats, closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { type BytePath, displayPath, pathProblem } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { OpenedFile, TreeEntry } from '../../web/routes/page.ts';
import { isAsIndexed } from '../apply/place.ts';
import { archiveAt } from '../archive/archive.ts';
import { atPath, lstatAt } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { NotADirectory, OpenDirectories } from '../fs/open-directories.ts';
import { discard } from '../fs/staging.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { loadHeads } from '../store/head.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { indexBatches } from '../store/index-tree.ts';
import { refOf } from '../store/path-ref.ts';
import { fetchContent } from '../transfer/fetch-contents.ts';
import { formatId, parseId, type Version } from '../versions/version.ts';
import { versionAt, versionsBelow } from './as-of.ts';
import { answeringFolder } from './folder-of.ts';

/** Opens what is on disk now; does not follow symlinks. The ETag is the hash if the disk matches the index. */
export async function openCurrent(site: SiteView, folder: OpenFolder, path: BytePath): Promise<OpenedFile> {
  const ref = refOf(folder.plan.name, path);
  const fd = openIn(folder, path);
  if (fd === undefined) {
    const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
    if (head?.kind !== 'file') throw refuse('noFile', { name: displayPath(path) });
    if ((await site.store.brake.at([ref])).has(ref.id))
      throw refuse('heldHere', { name: displayPath(path), site: site.plan.site });
    throw refuse('onItsWay', { name: displayPath(path), site: site.plan.site });
  }
  try {
    const index = (await loadIndex(site.store.db, [ref])).get(ref.id);
    return opened(fd, index);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Opens the content of a version: from this disk, its archive, or a neighbour. */
export async function openVersion(
  site: SiteView,
  links: Links,
  folder: OpenFolder,
  path: BytePath,
  name: string,
): Promise<OpenedFile> {
  const id = parseId(name);
  if (!id) throw new Refused(`"${displayPath(name)}" is not a version: write it as ORIGIN.SEQ`);
  const ref = refOf(folder.plan.name, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  const version = family.find((one) => formatId(one) === formatId(id));
  if (!version) throw refuse('noVersion', { version: formatId(id) });
  return openContent(site, links, folder, version);
}

/** Opens what was at a path at a given time, like {@link openVersion}. */
export async function openAt(
  site: SiteView,
  links: Links,
  folder: OpenFolder,
  path: BytePath,
  at: string,
): Promise<OpenedFile> {
  return openContent(site, links, folder, await versionAt(site, folder.plan.name, path, at));
}

async function openContent(site: SiteView, links: Links, folder: OpenFolder, version: Version) {
  const { path } = version;
  if (version.kind !== 'file') throw new Refused(`${formatId(version)} is not a file and has no content`, 409);
  const etag = `"${version.sha256!.toString('hex')}"`;
  const kept = openIfThere(atPath(archiveAt(folder, version.sha256!)));
  if (kept !== undefined) return { ...opened(kept, undefined), etag };
  const ref = refOf(folder.plan.name, path);
  const index = (await loadIndex(site.store.db, [ref])).get(ref.id);
  if (index?.sha256?.equals(version.sha256!)) {
    const current = await openCurrent(site, folder, path);
    if (current.etag === etag) return current;
    current.close();
  }
  const staged = await fetchContent(site, links, folder, version);
  const fd = openSync(atPath(staged), READ);
  discard(folder, staged);
  return { ...opened(fd, undefined), etag };
}

export function statIn(folder: OpenFolder, path: BytePath): { kind: 'file' | 'dir'; size: number } {
  if (path === '') return { kind: 'dir', size: 0 };
  const stats = withEntry(folder, path, lstatAt);
  if (stats?.isFile()) return { kind: 'file', size: Number(stats.size) };
  if (stats?.isDirectory()) return { kind: 'dir', size: 0 };
  throw refuse('nothingThere', { name: displayPath(path) });
}

/** Index entries below a directory, parents first, one directory at a time. */
export async function* walkTree(site: SiteView, name: string, path: BytePath): AsyncIterable<TreeEntry> {
  const folder = await answeringFolder(site, name);
  if (statIn(folder, path).kind !== 'dir') throw refuse('noDirectory', { name: displayPath(path) });
  const open = [path];
  for (let dir = open.pop(); dir !== undefined; dir = open.pop()) {
    for await (const entries of indexBatches(site.store.db, folder.plan.name, dir)) {
      for (const { ref, kind, mtimeNs, mode } of entries) {
        if (kind === 'symlink' || pathProblem(ref.path)) continue;
        const about = { path: ref.path, mtime: new Date(Number(mtimeNs / 1_000_000n)), mode };
        if (kind === 'dir') {
          open.push(ref.path);
          yield { ...about, kind };
        } else yield { ...about, kind, read: async () => streamOf(folder, ref.path) };
      }
    }
  }
}

/** What was below a directory at a given time, like {@link walkTree}. */
export async function* walkTreeAt(
  site: SiteView,
  links: Links,
  name: string,
  path: BytePath,
  at: string,
): AsyncIterable<TreeEntry> {
  const folder = await answeringFolder(site, name);
  for await (const version of versionsBelow(site, name, path, at)) {
    if (version.kind === 'symlink' || pathProblem(version.path)) continue;
    const about = { path: version.path, mtime: new Date(Number(version.mtimeNs / 1_000_000n)), mode: version.mode };
    if (version.kind === 'dir') yield { ...about, kind: version.kind };
    else
      yield { ...about, kind: 'file', read: async () => streamFrom(await openContent(site, links, folder, version)) };
  }
}

const streamFrom = (file: OpenedFile) => createReadStream(file.fsPath).once('close', () => file.close());

function streamOf(folder: OpenFolder, path: BytePath) {
  const fd = openIn(folder, path);
  if (fd === undefined) throw refuse('gone', { name: displayPath(path) });
  return createReadStream('', { fd });
}

/** O_NONBLOCK: opening a pipe must not wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A regular file's descriptor; undefined when there is none at that path. */
function openIn(folder: OpenFolder, path: BytePath): number | undefined {
  const fd = withEntry(folder, path, (at) => openIfThere(atPath(at)));
  if (fd === undefined || fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return undefined;
}

function withEntry<T>(folder: OpenFolder, path: BytePath, use: (at: { fd: number; name: string }) => T): T | undefined {
  const dirs = new OpenDirectories(folder);
  try {
    const at = dirs.entry(path, false);
    return at && use(at);
  } catch (error) {
    if (error instanceof NotADirectory) return undefined;
    throw error;
  } finally {
    dirs.close();
  }
}

function openIfThere(path: string | Buffer): number | undefined {
  try {
    return openSync(path, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return undefined;
    throw error;
  }
}

function opened(fd: number, index: IndexEntry | undefined): OpenedFile {
  const stats: BigIntStats = fstatSync(fd, { bigint: true });
  const sha256 = isAsIndexed(stats, index) ? index?.sha256 : undefined;
  return {
    fsPath: `/proc/self/fd/${fd}`,
    size: Number(stats.size),
    mtime: new Date(Number(stats.mtimeNs / 1_000_000n)),
    etag: sha256 ? `"${sha256.toString('hex')}"` : `W/"${stats.ino}-${stats.ctimeNs}-${stats.size}"`,
    close: () => closeSync(fd),
  };
}
