import { createHash } from 'node:crypto';
import type { BytePath } from '../../base/bytes.ts';
import type { Root } from './disk.ts';
import type { FileFact, StableContent } from './facts.ts';
import { factAt } from './lstat.ts';
import { openTree } from './tree.ts';

/** What is on disk at a path; a file with its hash once it is stable. */
export interface DiskState {
  kind: FileFact['kind'];
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  ino: bigint;
  mode: number;
  sha256?: Buffer;
  target?: string;
  /** Of a file with holes: sparse.ts. */
  sparsity?: number;
  /** The content, if small enough to travel in the row. */
  content?: Buffer;
}

/** A file as it was hashed. */
export function fileState({ fact, sha256, sparsity, content }: StableContent): DiskState {
  const { size, mtimeNs, ctimeNs, ino, mode } = fact;
  return {
    kind: 'file',
    size,
    mtimeNs,
    ctimeNs,
    ino,
    mode,
    sha256: Buffer.from(sha256),
    ...(sparsity !== undefined && { sparsity }),
    ...(content && { content: Buffer.from(content) }),
  };
}

/** A directory or symlink as it is now; undefined when it is gone or something else. */
export function stateOf(root: Root, path: BytePath): DiskState | undefined {
  const tree = openTree(root);
  try {
    const at = tree.entry(path);
    const fact = at && factAt(root.disk, at, path);
    if (!at || !fact || fact.kind === 'file') return undefined;
    const { kind, size, mtimeNs, ctimeNs, ino, mode } = fact;
    if (kind === 'dir') return { kind, size, mtimeNs, ctimeNs, ino, mode };
    const target = root.disk.readLink(at);
    const sha256 = createHash('sha256').update(target, 'latin1').digest();
    return { kind, size, mtimeNs, ctimeNs, ino, mode, target, sha256 };
  } finally {
    tree.close();
  }
}
