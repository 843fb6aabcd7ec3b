import { type BigIntStats, constants } from 'node:fs';
import { constants as os } from 'node:os';

export type Kind = 'file' | 'dir' | 'symlink';

/** An entry of a directory. It moves when it is renamed; without a parent it is removed. */
export interface Dentry {
  parent: Inode | undefined;
  name: string;
  inode: Inode;
}

/** What a filesystem keeps of a file, directory or symlink. */
export interface Inode {
  readonly ino: bigint;
  readonly kind: Kind;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  links: number;
  /** Of a file. */
  data: Buffer;
  /** Of a directory. */
  readonly entries: Map<string, Dentry>;
  /** Of a symlink, as bytes. */
  readonly target: string;
  /** How many have it open for writing. */
  writers: number;
}

const TYPES = { file: constants.S_IFREG, dir: constants.S_IFDIR, symlink: constants.S_IFLNK };

export const typedMode = ({ kind, mode }: Inode): number => TYPES[kind] | mode;

export function sizeOf({ kind, data, target, entries }: Inode): number {
  return kind === 'file' ? data.length : kind === 'symlink' ? target.length : entries.size;
}

/** As node:fs tells it; only what SiteSync asks for. */
export function statsOf(inode: Inode): BigIntStats {
  const { kind, ino, mtimeNs, ctimeNs, birthtimeNs, links } = inode;
  return {
    dev: 1n,
    uid: 0n,
    gid: 0n,
    ino,
    mtimeNs,
    ctimeNs,
    birthtimeNs,
    mode: BigInt(typedMode(inode)),
    nlink: BigInt(links),
    size: BigInt(sizeOf(inode)),
    blocks: BigInt(Math.ceil(sizeOf(inode) / 512)),
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'dir',
    isSymbolicLink: () => kind === 'symlink',
  } as BigIntStats;
}

/** The kernel's error, as node:fs throws it. */
export function errnoError(code: keyof typeof os.errno): Error {
  return Object.assign(new Error(`${code}: in memory`), { code, errno: -os.errno[code] });
}
