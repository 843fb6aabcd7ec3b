import { displayPath } from '../../base/bytes.ts';
import { type Problem, problem, problemOf } from '../../problems/problem.ts';
import type { Head } from '../store/head.ts';

/** About the path, by the kernel's code. */
const CODES = {
  EPERM: 'immutable',
  EACCES: 'notWritable',
  EROFS: 'readOnly',
  EXDEV: 'mountedInside',
  EMOUNTED: 'mountedInside',
  EBUSY: 'busyHere',
  ENAMETOOLONG: 'nameTooLong',
  EINVAL: 'nameNotAllowed',
  EIO: 'diskNotWritable',
} as const;

/** Why a path could not be made equal to its head. It is tried again by itself. */
export function whyNotPlaced(error: unknown, { ref }: Pick<Head, 'ref'>): Problem {
  const { code = '' } = error as NodeJS.ErrnoException;
  const path = displayPath(ref.path);
  const isOfPath = (one: string): one is keyof typeof CODES => Object.hasOwn(CODES, one);
  if (isOfPath(code)) return problem(CODES[code], { path });
  return ofFullDisk(error, ref.folder) ?? problemOf(error, (why) => problem('notPlaced', { path, why }));
}

/** Of an error that says that there is no space left. */
export function ofFullDisk(error: unknown, folder: string): Problem | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return problem('diskFull', { folder });
  return code === 'EDQUOT' ? problem('quotaFull', { folder }) : undefined;
}
