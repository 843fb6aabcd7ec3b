import { constants } from 'node:os';
import koffi from 'koffi';
import type { BytePath } from '../../base/bytes.ts';
import { errnoName } from './statx.ts';

/** inotify(7): Node's fs.watch hides queue overflows and takes 2.6 KB per directory. See docs/decisions/0002-system-calls.md. */
const libc = koffi.load('libc.so.6');
const inotifyInit = libc.func('int inotify_init1(int flags)');
const inotifyAdd = libc.func('int inotify_add_watch(int fd, const char *path, uint32_t mask)');
/** The same call, for names that are bytes. */
const inotifyAddBytes = libc.func('int inotify_add_watch(int fd, void *path, uint32_t mask)');
const inotifyRemove = libc.func('int inotify_rm_watch(int fd, int watch)');
const read = libc.func('long read(int fd, void *buffer, size_t length)');
const close = libc.func('int close(int fd)');

const IN_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const MODIFY = 0x2;
const ATTRIB = 0x4;
const CLOSE_WRITE = 0x8;
const MOVED_FROM = 0x40;
const MOVED_TO = 0x80;
const CREATE = 0x100;
const DELETE = 0x200;
const OVERFLOW = 0x4000;
const IGNORED = 0x8000;
const ONLYDIR = 0x0100_0000;
const DONT_FOLLOW = 0x0200_0000;
const EXCL_UNLINK = 0x0400_0000;
const ISDIR = 0x4000_0000;
const MASK = MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE | ONLYDIR | EXCL_UNLINK;
/** For a file itself, whichever of its names it is written through. */
const FILE_MASK = MODIFY | ATTRIB | CLOSE_WRITE | DONT_FOLLOW;

/** Bytes of a `struct inotify_event` before its name. */
const HEAD = 16;

/**
 * `changed`: something happened to `name` in the watched directory; `newDirectory` when it is a directory that was just
 * created. `self`: something happened to the watched file or directory itself.
 */
export type Event =
  | { is: 'changed'; watch: number; name: BytePath; newDirectory: boolean }
  | { is: 'self'; watch: number }
  | { is: 'ended'; watch: number }
  | { is: 'overflow' };

export interface Inotify {
  /** Watches an open directory. Returns the watch, the same one if the directory is already watched. Throws with `code`. */
  add(fd: number): number;
  /** Watches the file that is the entry `name` of an open directory, through whichever name it is written. Like {@link add}. */
  addFile(fd: number, name: BytePath): number;
  remove(watch: number): void;
  /** Pending events, at most a few thousand; never blocks. */
  read(): Event[];
  close(): void;
}

/** Throws with `code` when the kernel allows no more instances. */
export function openInotify(): Inotify {
  const inotify = check(inotifyInit(IN_NONBLOCK_CLOEXEC));
  const buffer = Buffer.alloc(64 * 1024);
  return {
    add: (fd) => check(inotifyAdd(inotify, `/proc/self/fd/${fd}`, MASK)),
    addFile: (fd, name) =>
      check(inotifyAddBytes(inotify, Buffer.from(`/proc/self/fd/${fd}/${name}\0`, 'latin1'), FILE_MASK)),
    // Fails when the directory is gone, and the watch with it.
    remove: (watch) => void inotifyRemove(inotify, watch),
    read() {
      const length = Number(read(inotify, buffer, buffer.length));
      if (length < 0 && koffi.errno() !== constants.errno.EAGAIN) check(length);
      return length > 0 ? parse(buffer.subarray(0, length)) : [];
    },
    close: () => void close(inotify),
  };
}

function parse(buffer: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < buffer.length; ) {
    const watch = buffer.readInt32LE(at);
    const mask = buffer.readUInt32LE(at + 4);
    const end = at + HEAD + buffer.readUInt32LE(at + 12);
    if (mask & OVERFLOW) events.push({ is: 'overflow' });
    else if (mask & IGNORED) events.push({ is: 'ended', watch });
    else if (end > at + HEAD) {
      const name = buffer.toString('latin1', at + HEAD, buffer.indexOf(0, at + HEAD));
      events.push({
        is: 'changed',
        watch,
        name,
        newDirectory: (mask & ISDIR) !== 0 && (mask & (CREATE | MOVED_TO)) !== 0,
      });
    } else events.push({ is: 'self', watch });
    at = end;
  }
  return events;
}

function check(result: number): number {
  if (result >= 0) return result;
  const code = errnoName(koffi.errno());
  throw Object.assign(new Error(`${code}: inotify failed`), { code });
}
