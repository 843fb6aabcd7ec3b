import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { At } from './at.ts';
import type { Disk } from './disk.ts';
import { OpenDirectories } from './open-directories.ts';

const OWNER_WRITES = 0o300;
const SETGID = 0o2000;
const ALL = 0o7777;
/** Notes in staging: symbolic links, because a link and what it says reach the disk in one step. */
const PREFIX = 'mode-';

interface Own {
  rootFd: number;
  stagingFd: number;
}

/** A directory whose write bit is open for the moment. */
interface Opened {
  fd: number;
  /** Its mode before. */
  mode: number;
  opened: number;
  note: At;
  /** The descriptor is to be closed. */
  isOurs: boolean;
}

/**
 * The same disk, on which directories of ours without the write bit can be changed as root can: where a change of names is
 * denied, the write bit is opened for that one call. No other code of this thread runs in between; and a note in staging,
 * written before, puts the mode back if the agent is stopped in between ({@link restoreModes}).
 */
export function openingWriteBits(disk: Disk, own: Own): Disk {
  let count = 0;

  function attempt<T>(change: () => T, ...entries: At[]): T {
    try {
      return change();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
      const opened: Opened[] = [];
      try {
        openAll(entries, opened);
        if (opened.length === 0) throw error;
        return change();
      } finally {
        for (const one of opened.toReversed()) close(one);
      }
    }
  }

  /** The directories of the entries, and entries that are directories: moving one changes its "..". */
  function openAll(entries: At[], opened: Opened[]): void {
    const target = entries.at(-1)!;
    for (const fd of new Set(entries.map((at) => at.fd))) {
      if (fd !== own.stagingFd) open(fd, relativePath(disk, own.rootFd, fd), false, opened);
    }
    if (entries.length < 2) return;
    const dir = relativePath(disk, own.rootFd, target.fd);
    for (const at of entries) {
      if (!disk.look(at)?.isDirectory()) continue;
      const fd = disk.openDirectory(at);
      let isUsed = false;
      try {
        isUsed = open(fd, dir === undefined ? undefined : joinPath(dir, target.name), true, opened);
      } finally {
        if (!isUsed) disk.close(fd);
      }
    }
  }

  function open(fd: number, path: BytePath | undefined, isOurs: boolean, all: Opened[]): boolean {
    const stats = disk.stats(fd);
    const mode = Number(stats.mode) & ALL;
    const self = disk.self();
    const opened = mode | OWNER_WRITES;
    if (opened === mode || path === undefined || Number(stats.uid) !== self.uid) return false;
    // The kernel would take the bit away for good.
    if (mode & SETGID && !self.groups.includes(Number(stats.gid))) return false;
    const note = { fd: own.stagingFd, name: `${PREFIX}${process.pid}-${++count}` };
    disk.makeSymlink(note, `${mode.toString(8)} ${opened.toString(8)} ${stats.ino} ${path}`);
    all.push({ fd, mode, opened, note, isOurs });
    disk.setOpenMode(fd, opened);
    return true;
  }

  function close({ fd, mode, opened, note, isOurs }: Opened): void {
    try {
      if ((Number(disk.stats(fd).mode) & ALL) === opened) disk.setOpenMode(fd, mode);
      disk.remove(note);
    } finally {
      if (isOurs) disk.close(fd);
    }
  }

  const changes: Partial<Disk> = {
    makeDirectory: (at, mode) => attempt(() => disk.makeDirectory(at, mode), at),
    moveNew: (from, to) => attempt(() => disk.moveNew(from, to), from, to),
    replace: (from, to) => attempt(() => disk.replace(from, to), from, to),
    exchange: (a, b) => attempt(() => disk.exchange(a, b), a, b),
    remove: (at) => attempt(() => disk.remove(at), at),
    removeDirectory: (at) => attempt(() => disk.removeDirectory(at), at),
  };
  const others = new Map<keyof Disk, unknown>();
  return new Proxy(disk, {
    get(_disk, name: keyof Disk) {
      if (name in changes) return changes[name];
      if (!others.has(name)) others.set(name, disk[name].bind(disk));
      return others.get(name);
    },
  });
}

/** Whether a name in staging is a note. */
const isModeNote = (name: string): boolean => name.startsWith(PREFIX);

/**
 * Puts back the modes of directories whose write bit an earlier run had open when it was stopped. Call it before anything
 * looks at the tree.
 */
export function restoreModes({ rootFd, stagingFd, disk }: Own & { disk: Disk }): void {
  for (const name of [...disk.names(stagingFd)].flat().filter(isModeNote)) {
    const text = disk.readLink({ fd: stagingFd, name });
    const [, mode, opened, ino, path] = /^([0-7]+) ([0-7]+) (\d+) (.*)$/s.exec(text) ?? [];
    if (path === undefined) continue;
    const dirs = new OpenDirectories({ rootFd, disk });
    try {
      const at = dirs.entry(path === '' ? '.' : path, false);
      const stats = at && disk.look(at);
      const isOpen = stats?.isDirectory() && String(stats.ino) === ino && (Number(stats.mode) & ALL) === octal(opened);
      if (at && isOpen) disk.setMode(at, octal(mode));
    } catch {
      // It is something else by now.
    } finally {
      dirs.close();
    }
  }
}

const octal = (text = '') => Number.parseInt(text, 8);

/** The path of an open directory in the folder; undefined if it is elsewhere, or removed. */
function relativePath(disk: Disk, rootFd: number, fd: number): BytePath | undefined {
  const [root, path] = [disk.pathOf(rootFd), disk.pathOf(fd)];
  if (path === root) return '';
  if (!path.startsWith(`${root}/`)) return undefined;
  return disk.stats(fd).nlink === 0n ? undefined : path.slice(root.length + 1);
}
