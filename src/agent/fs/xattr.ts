import koffi from 'koffi';
import { type At, atPath } from './at.ts';
import { check } from './native.ts';

/** Extended attributes (xattr(7)) of an entry; never those of what a symbolic link leads to. */
const libc = koffi.load('libc.so.6');
const llistxattr = libc.func('int64_t llistxattr(void *path, void *list, size_t size)');
const lgetxattr = libc.func('int64_t lgetxattr(void *path, void *name, void *value, size_t size)');
const lsetxattr = libc.func('int lsetxattr(void *path, void *name, void *value, size_t size, int flags)');
const lremovexattr = libc.func('int lremovexattr(void *path, void *name)');

/** What the kernel accepts for one value, and for all names of a file. */
const buffer = Buffer.alloc(65_536);

const pathOf = (at: At) => Buffer.concat([Buffer.from(atPath(at)), Buffer.of(0)]);
const cString = (name: string) => Buffer.from(`${name}\0`, 'latin1');

/** The names of all attributes that this process may see; none where the filesystem has none. */
export function attributes(at: At): string[] {
  const length = Number(llistxattr(pathOf(at), buffer, buffer.length));
  return length <= 0 ? [] : buffer.toString('latin1', 0, length - 1).split('\0');
}

/** Undefined if it has none of this name, or this process may not read it. */
export function attribute(at: At, name: string): Buffer | undefined {
  const length = Number(lgetxattr(pathOf(at), cString(name), buffer, buffer.length));
  return length < 0 ? undefined : Buffer.from(buffer.subarray(0, length));
}

/** Throws the kernel's error. */
export function setAttribute(at: At, name: string, value: Buffer): void {
  check(lsetxattr(pathOf(at), cString(name), value, value.length, 0), 'lsetxattr');
}

/** Throws the kernel's error. */
export function removeAttribute(at: At, name: string): void {
  check(lremovexattr(pathOf(at), cString(name)), 'lremovexattr');
}
