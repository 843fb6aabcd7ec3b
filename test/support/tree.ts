import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type BytePath, fsPath, joinPath } from '../../src/base/bytes.ts';
import { storableTime } from '../../src/base/file-time.ts';

/** An entry of a tree: what is there, and how to say it in one line. */
export interface TreeEntry {
  path: BytePath;
  full: string | Buffer;
  stats: BigIntStats;
}

/** Every entry below `root` but our own, directories before what is in them. What vanishes meanwhile is left out. */
export function* entriesOf(root: string, dir: BytePath = ''): Generator<TreeEntry> {
  for (const name of unlessGone(() => readdirSync(fsPath(dir === '' ? root : `${root}/${dir}`), 'latin1')) ?? []) {
    const path = joinPath(dir, name);
    if (path === '.sitesync') continue;
    const full = fsPath(`${root}/${path}`);
    const stats = unlessGone(() => lstatSync(full, { bigint: true }));
    if (!stats) continue;
    yield { path, full, stats };
    if (stats.isDirectory()) yield* entriesOf(root, path);
  }
}

/** Kind, mode, mtime (ns) and hash of content or target. Of directories only kind and mode: their times are each disk's own. */
export function describeEntry({ full, stats }: TreeEntry, hash: () => string): string {
  const mode = (Number(stats.mode) & 0o777).toString(8);
  if (stats.isDirectory()) return `dir ${mode}`;
  // A file that is dated later than a row can say has the last of these times at all other sites.
  const time = storableTime(stats.mtimeNs);
  if (stats.isSymbolicLink()) return `symlink ${readlinkSync(full, 'latin1')} ${time}`;
  return `file ${mode} ${time} ${hash()}`;
}

/** Every entry below `root` but our own, as {@link describeEntry} says it. */
export function treeOf(root: string): Record<string, string> {
  const entries: [string, string][] = [];
  for (const entry of entriesOf(root)) {
    const said = unlessGone(() => describeEntry(entry, () => sha256(readFileSync(entry.full))));
    if (said !== undefined) entries.push([entry.path, said]);
  }
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** In hex. */
export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What `read` returns; undefined where the file or directory is gone or became something else. */
export function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ESTALE', 'EINVAL', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
