import type { Seen, Tree } from '../../hack/soak/look.ts';
import { FOLDER } from '../../hack/soak/star.ts';
import { storableTime } from '../../src/base/file-time.ts';
import { sha256 } from '../support/tree.ts';
import { type Inode, sizeOf } from './disk/inode.ts';
import type { MemoryDisk } from './disk/memory-disk.ts';

/** A site whose disk is looked at. */
interface Looked {
  disk: MemoryDisk;
  root(folder: string): string;
}

const hashes = new WeakMap<Buffer, string>();

/** Of a file's content, in hex. A content is a buffer of its own, which is never written to. */
export function hashOf(data: Buffer): string {
  const known = hashes.get(data) ?? sha256(data);
  hashes.set(data, known);
  return known;
}

const isOurs = (path: string): boolean => path === '.sitesync';

/** What people see at a site. */
export function treeOf(site: Looked): Tree {
  const at = { fd: -1, name: site.root(FOLDER).slice(1) };
  return new Map([...site.disk.entriesBelow(at, isOurs)].map(([path, inode]) => [path, seen(inode)]));
}

/** Hashes of all that is on the disk of a site. */
export function contentsAt(site: Looked): Set<string> {
  const at = { fd: -1, name: site.root(FOLDER).slice(1) };
  return new Set([...site.disk.entriesBelow(at, () => false)].map(([, { data }]) => hashOf(data)));
}

/** What SiteSync keeps beside the tree: path and content of each file. */
export function* keptAt(site: Looked): Generator<[string, Inode]> {
  yield* site.disk.entriesBelow({ fd: -1, name: `${site.root(FOLDER).slice(1)}/.sitesync` }, () => false);
}

function seen(inode: Inode): Seen {
  const { kind, mode, ino, mtimeNs, data, target } = inode;
  const size = sizeOf(inode);
  const bits = (mode & 0o777).toString(8);
  const time = storableTime(mtimeNs);
  if (kind === 'dir') return { said: `dir ${bits}`, size, ino };
  if (kind === 'symlink') return { said: `symlink ${target} ${time}`, size, ino };
  const hash = hashOf(data);
  return { said: `file ${bits} ${time} ${hash}`, sha256: hash, size, ino };
}
