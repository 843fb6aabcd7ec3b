import { type BigIntStats, lstatSync } from 'node:fs';
import { type BytePath, fsPath } from '../../base/bytes.ts';

/** An entry named in an open directory. */
export interface At {
  fd: number;
  name: BytePath;
  /** Its permission bits, if known. */
  mode?: number;
}

/** The path by which node:fs reaches an entry of an open directory. */
export function atPath(at: At): string | Buffer {
  return fsPath(`/proc/self/fd/${at.fd}/${at.name}`);
}

export function lstatAt(at: At): BigIntStats | undefined {
  return lstatSync(atPath(at), { bigint: true, throwIfNoEntry: false });
}
