import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { describeEntry, entriesOf, sha256, unlessGone } from '../../test/support/tree.ts';

/** One entry of a tree at one moment. */
export interface Seen {
  /** Everything that must be equal at every site, as text. */
  said: string;
  /** Of a file's content, in hex; undefined if it is not a file, or was written while it was read. */
  sha256?: string;
  size: number;
  ino: bigint;
}

/** A tree at one moment. */
export type Tree = Map<string, Seen>;

interface Known {
  mark: string;
  sha256: string;
}

/** Reads a tree repeatedly; a file is read only when its inode, size or times have changed. */
export class Looker {
  private readonly root: string;
  private known = new Map<bigint, Known>();

  constructor(root: string) {
    this.root = root;
  }

  look(): Tree {
    const tree: Tree = new Map();
    const known = new Map<bigint, Known>();
    for (const entry of entriesOf(this.root)) {
      const { stats, path, full } = entry;
      const content = stats.isFile() ? this.hash(full, stats.ino) : undefined;
      if (content) known.set(stats.ino, content);
      const said = unlessGone(() => describeEntry(entry, () => content?.sha256 ?? 'being written'));
      if (said === undefined) continue;
      tree.set(path, {
        said,
        size: Number(stats.size),
        ino: stats.ino,
        ...(content && { sha256: content.sha256 }),
      });
    }
    this.known = known;
    return tree;
  }

  /** Undefined when it is gone, has been replaced, or was written in the meantime. */
  private hash(full: string | Buffer, ino: bigint): Known | undefined {
    const fd = unlessGone(() => openSync(full, 'r'));
    if (fd === undefined) return undefined;
    try {
      const before = fstatSync(fd, { bigint: true });
      if (before.ino !== ino) return undefined;
      const mark = `${before.size} ${before.mtimeNs} ${before.ctimeNs}`;
      const known = this.known.get(ino);
      if (known?.mark === mark) return known;
      const hash = sha256(readFileSync(fd));
      const after = fstatSync(fd, { bigint: true });
      return `${after.size} ${after.mtimeNs} ${after.ctimeNs}` === mark ? { mark, sha256: hash } : undefined;
    } finally {
      closeSync(fd);
    }
  }
}
