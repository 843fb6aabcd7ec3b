/** The access ACL of a file or directory, and what a directory gives to what is made in it (acl(5)), as the kernel stores them. */
export const ACCESS_ACL = 'system.posix_acl_access';
export const DEFAULT_ACL = 'system.posix_acl_default';

const VERSION = 2;
const HEADER = 4;
const ENTRY = 8;
const USER_OBJ = 0x01;
const GROUP_OBJ = 0x04;
const MASK = 0x10;
const OTHER = 0x20;

/**
 * The same ACL with these permission bits, as chmod(2) would set them: those of the group are the mask, the upper limit of
 * all groups and of users by name. Pure.
 */
export function withMode(acl: Buffer, mode: number): Buffer {
  return changed(acl, (tag, perm, hasMask) => {
    if (tag === USER_OBJ) return (mode >> 6) & 7;
    if (tag === OTHER) return mode & 7;
    return tag === (hasMask ? MASK : GROUP_OBJ) ? (mode >> 3) & 7 : perm;
  });
}

/** The bits of `mode` that the default ACL of a directory leaves to what is made in it: it takes the place of the umask. Pure. */
export function limitedBy(defaultAcl: Buffer, mode: number): number {
  let limit = 0;
  const hasMask = tagsOf(defaultAcl).includes(MASK);
  changed(defaultAcl, (tag, perm) => {
    if (tag === USER_OBJ) limit |= perm << 6;
    if (tag === (hasMask ? MASK : GROUP_OBJ)) limit |= perm << 3;
    if (tag === OTHER) limit |= perm;
    return perm;
  });
  return mode & limit;
}

/** The same ACL in which the file's own group may do nothing that not everybody may read. Pure. */
export function withoutGroup(acl: Buffer): Buffer {
  let other = 0;
  changed(acl, (tag, perm) => {
    if (tag === OTHER) other = perm;
    return perm;
  });
  return changed(acl, (tag, perm) => (tag === GROUP_OBJ && !(other & 4) ? 0 : perm));
}

/** Whether it is an ACL as this program knows it. Pure. */
export const isAcl = (acl: Buffer): boolean =>
  acl.length >= HEADER && (acl.length - HEADER) % ENTRY === 0 && acl.readUInt32LE(0) === VERSION;

function changed(acl: Buffer, how: (tag: number, perm: number, hasMask: boolean) => number): Buffer {
  const copy = Buffer.from(acl);
  const hasMask = tagsOf(acl).includes(MASK);
  for (let at = HEADER; at < copy.length; at += ENTRY) {
    const perm = how(copy.readUInt16LE(at), copy.readUInt16LE(at + 2), hasMask);
    copy.writeUInt16LE(perm, at + 2);
  }
  return copy;
}

function tagsOf(acl: Buffer): number[] {
  return Array.from({ length: (acl.length - HEADER) / ENTRY }, (_, i) => acl.readUInt16LE(HEADER + i * ENTRY));
}
