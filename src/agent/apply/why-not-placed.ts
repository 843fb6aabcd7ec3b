import { displayPath } from '../../base/bytes.ts';
import type { Head } from '../store/head.ts';

const bytesNeeded = ({ kind, size }: Head) => (kind === 'file' ? `, ${size} bytes needed` : '');

/** Cause and remedy, by the kernel's code. */
const WORDS: Record<string, (head: Head) => string> = {
  EPERM: () =>
    'it may not be changed here (EPERM): remove its flag "immutable" (lsattr, chattr -i), or give it to the user of SiteSync',
  EACCES: () => 'permission denied here (EACCES): give the user of SiteSync the right to write there',
  EROFS: () => 'the disk is read-only here (EROFS): mount it for writing',
  ENOSPC: (head) =>
    `no space left on the disk of folder ${head.ref.folder}${bytesNeeded(head)} (ENOSPC): free some space`,
  EDQUOT: () => 'the disk quota is used up here (EDQUOT): raise it, or free some space',
  EXDEV: () => 'another filesystem is mounted here (EXDEV): make it a folder of its own',
  EBUSY: () => 'it is in use here, as a place where something is mounted (EBUSY): unmount that',
  ENAMETOOLONG: () => 'the name is too long for this disk (ENAMETOOLONG): rename it at another site',
  EINVAL: () => 'this disk does not allow such a name (EINVAL): rename it at another site',
  EIO: () => 'the disk cannot be written (EIO): look at it',
};

/** Why a path could not be made equal to its head, for people: path, cause, remedy. It is tried again by itself. */
export function whyNotPlaced(error: unknown, head: Head): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return `"${displayPath(head.ref.path)}": ${WORDS[code]?.(head) ?? message}`;
}
