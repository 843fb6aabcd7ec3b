import koffi from 'koffi';

const libc = koffi.load('libc.so.6');
const syscall = libc.func('syscall', 'long', ['long', 'long', 'long', 'long']);
const setpriority = libc.func('setpriority', 'int', ['int', 'int', 'int']);
const posixFadvise = libc.func('posix_fadvise', 'int', ['int', 'int64_t', 'int64_t', 'int']);

/** Number of the system call ioprio_set, which has no function in the C library. */
const IOPRIO_SET: Partial<Record<NodeJS.Architecture, number>> = { x64: 251, arm64: 30 };
const IOPRIO_WHO_PROCESS = 1;
const IOPRIO_CLASS_IDLE = 3 << 13;
const PRIO_PROCESS = 0;
const POSIX_FADV_DONTNEED = 4;

/** Lowers the calling thread's disk and CPU priority. Does nothing where the system does not support that. */
export function lowerPriority(): void {
  setpriority(PRIO_PROCESS, 0, 19);
  const call = IOPRIO_SET[process.arch];
  if (call !== undefined) syscall(call, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE);
}

/** Drops an open file from the page cache, as far as it is on disk: what is read next comes from the disk. */
export function dropCached(fd: number): void {
  posixFadvise(fd, 0n, 0n, POSIX_FADV_DONTNEED);
}
