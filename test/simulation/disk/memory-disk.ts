import { constants as os } from 'node:os';
import type { Random } from '../../../hack/soak/random.ts';
import type { At } from '../../../src/agent/fs/at.ts';
import type { Disk, HeldFile } from '../../../src/agent/fs/disk.ts';
import type { LastStat } from '../../../src/agent/fs/statx.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { storableTime } from '../../../src/base/file-time.ts';
import { type Dentry, errnoError, type Inode, type Kind, sizeOf, statsOf, typedMode } from './inode.ts';
import { Unflushed } from './journal.ts';
import { Notifier } from './notify.ts';

/** The kernel gives files the time of its last tick. */
const TICK_MS = 4;
const NAME_MAX = 255;
const SIZE = 10 ** 12;

interface Open {
  inode: Inode;
  position: number;
  /** By which name it was opened. */
  dentry: Dentry | undefined;
  writes: boolean;
}

/** One filesystem in memory, that answers, announces and loses what a journaled one on Linux does. */
export class MemoryDisk implements Disk {
  /** When it is full, writing and making anything is refused. */
  isFull = false;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #open = new Map<number, Open>();
  readonly #notifier = new Notifier();
  readonly #unflushed = new Unflushed();
  #top: Inode;
  #inos = 1n;
  #fds = 2;
  #boot = 1;
  #last: LastStat = { device: '0:1', links: 1, isMount: false };

  constructor(clock: Pick<Clock, 'now' | 'after'>) {
    this.#clock = clock;
    this.#top = this.#inode('dir', 0o755);
  }

  // --- reading

  openRoot(path: string): number {
    const { inode } = this.#walk({ fd: -1, name: path.slice(1) });
    if (inode?.kind !== 'dir') throw errnoError(inode ? 'ENOTDIR' : 'ENOENT');
    return this.#fd(inode);
  }

  openDirectory(at: At): number {
    const inode = this.#existing(at);
    if (inode.kind !== 'dir') throw errnoError('ENOTDIR');
    return this.#fd(inode);
  }

  reopen(fd: number): number {
    return this.#fd(this.#of(fd).inode);
  }

  openFile(at: At): number {
    const inode = this.#existing(at);
    if (inode.kind === 'symlink') throw errnoError('ELOOP');
    return this.#fd(inode);
  }

  close(fd: number): void {
    const open = this.#of(fd);
    this.#open.delete(fd);
    if (!open.writes) return;
    open.inode.writers--;
    if (open.dentry) this.#notifier.entry(open.dentry);
  }

  redirect(fd: number, to?: number): void {
    this.#of(fd).inode = to === undefined ? this.#inode('file', 0) : this.#of(to).inode;
  }

  look(at: At) {
    const { inode } = this.#walk(at, false);
    return inode && statsOf(inode);
  }

  stats(fd: number) {
    return statsOf(this.#of(fd).inode);
  }

  statInto(fd: number, name: string, words: Uint32Array, at: number): number {
    if (name.length > NAME_MAX) return os.errno.ENAMETOOLONG;
    const { inode } = this.#walk({ fd, name }, false);
    if (!inode) return os.errno.ENOENT;
    const size = sizeOf(inode);
    words[at] = typedMode(inode);
    words[at + 1] = Number(inode.ino & 0xffff_ffffn);
    words[at + 2] = Number(inode.ino >> 32n);
    words[at + 3] = size >>> 0;
    words[at + 4] = Math.floor(size / 2 ** 32);
    writeTime(inode.mtimeNs, words, at + 5);
    writeTime(inode.ctimeNs, words, at + 8);
    this.#last = { device: '0:1', links: inode.links, isMount: false };
    return 0;
  }

  lastStat(): LastStat {
    return this.#last;
  }

  names(fd: number): string[][] {
    const names = [...this.#of(fd).inode.entries.keys()];
    return names.length > 0 ? [names] : [];
  }

  readLink(at: At): string {
    const { kind, target } = this.#existing(at);
    if (kind !== 'symlink') throw errnoError('EINVAL');
    return target;
  }

  read(fd: number, buffer: Buffer, offset: number, length: number): number {
    const open = this.#of(fd);
    if (open.inode.kind === 'dir') throw errnoError('EISDIR');
    const done = open.inode.data.copy(buffer, offset, open.position, open.position + length);
    open.position += done;
    return done;
  }

  async readLater(fd: number, buffer: Buffer, length: number): Promise<number> {
    return this.read(fd, buffer, 0, length);
  }

  /** Nothing in memory has holes. */
  seekData = (_fd: number, at: number) => ({ from: at, to: Number.POSITIVE_INFINITY });
  identityOf = (fd: number) => `${this.#of(fd).inode.ino}`;
  isMount = (_fd: number) => false;
  isOpenForWriting = (at: At) => this.#existing(at).writers > 0;
  watch = () =>
    this.#notifier.open((fd, name) => (name === undefined ? this.#of(fd).inode : this.#existing({ fd, name })));
  room = async (_path: string) => ({ free: this.isFull ? 0 : SIZE, size: SIZE });
  answersSoon = async (_path: string) => true;
  now = () => this.#clock.now();
  pathOf = (fd: number) => this.#pathOf(this.#of(fd).inode);
  self = () => ({ uid: 0, gid: 0, groups: [0] });
  bootId = () => `boot ${this.#boot}`;

  // --- changing

  write(at: At, bytes: Buffer, mode: number): void {
    const fd = this.create(at, mode);
    try {
      this.writeAt(fd, bytes, 0);
    } finally {
      this.close(fd);
    }
  }

  async copy(from: At, to: At): Promise<void> {
    const { kind, data, mode } = this.#existing(from);
    if (kind === 'dir') throw errnoError('EISDIR');
    this.write(to, data, mode);
  }

  async copyInto(from: At, to: At): Promise<void> {
    const fd = this.create(to, 0o600, true);
    try {
      this.truncate(fd, 0);
      this.writeAt(fd, this.#existing(from).data, 0);
    } finally {
      this.close(fd);
    }
  }

  // All belongs to root, and nothing has attributes.
  attributes = (_at: At): string[] => [];
  attribute = (_at: At, _name: string) => undefined;
  setOwner = (_at: At, _uid: number, _gid: number) => undefined;
  setAttribute = (_at: At, _name: string, _value: Buffer) => undefined;
  removeAttribute = (_at: At, _name: string) => undefined;

  makeHeir(_directory: number, at: At, mode: number): void {
    this.write(at, Buffer.alloc(0), mode);
  }

  makeDirectory(at: At, mode: number): void {
    this.#add(at, this.#inode('dir', mode));
  }

  makeDirectories(path: string, mode: number): void {
    const names = path.slice(1).split('/');
    for (let n = 1; n <= names.length; n++) {
      const at = { fd: -1, name: names.slice(0, n).join('/') };
      if (!this.#walk(at).inode) this.#add(at, this.#inode('dir', mode));
    }
  }

  makeSymlink(at: At, target: string): void {
    this.#add(at, this.#inode('symlink', 0o777, target));
  }

  setMode(at: At, mode: number): void {
    const dentry = this.#dentry(at);
    this.#change(dentry.inode, () => {
      dentry.inode.mode = mode & 0o7777;
    });
    this.#notifier.entry(dentry);
  }

  setOpenMode(fd: number, mode: number): void {
    const { inode } = this.#of(fd);
    this.#change(inode, () => {
      inode.mode = mode & 0o7777;
    });
  }

  setMtime(at: At, mtimeNs: bigint): void {
    const dentry = this.#dentry(at);
    this.#change(dentry.inode, () => {
      dentry.inode.mtimeNs = storableTime(mtimeNs);
    });
    this.#notifier.entry(dentry);
  }

  moveNew(from: At, to: At): void {
    const { there } = this.#bothEnds(from, to);
    if (there) throw errnoError('EEXIST');
    this.replace(from, to);
  }

  replace(from: At, to: At): void {
    const { moved, parent, name, there } = this.#bothEnds(from, to);
    if (there?.inode === moved.inode) return;
    this.#checkMove(moved, parent);
    if (there) {
      if (moved.inode.kind === 'dir' && there.inode.kind !== 'dir') throw errnoError('ENOTDIR');
      if (moved.inode.kind !== 'dir' && there.inode.kind === 'dir') throw errnoError('EISDIR');
      if (there.inode.entries.size > 0) throw errnoError('ENOTEMPTY');
      this.#detach(there);
      this.#unlinked(there.inode);
    }
    const [oldParent, oldName] = [moved.parent!, moved.name];
    this.#detach(moved);
    this.#attach(moved, parent, name);
    this.#change(moved.inode, () => undefined);
    this.#notifier.left(oldParent, oldName);
    this.#notifier.entry(moved, true);
  }

  exchange(a: At, b: At): void {
    const { moved: one, there: other } = this.#bothEnds(a, b);
    if (!other) throw errnoError('ENOENT');
    if (one === other) return;
    const [p, pn, q, qn] = [one.parent!, one.name, other.parent!, other.name];
    this.#checkMove(one, q);
    this.#checkMove(other, p);
    this.#detach(one);
    this.#detach(other);
    this.#attach(one, q, qn);
    this.#attach(other, p, pn);
    for (const dentry of [one, other]) {
      this.#change(dentry.inode, () => undefined);
      this.#notifier.entry(dentry, true);
    }
  }

  remove(at: At): void {
    const dentry = this.#dentry(at);
    if (dentry.inode.kind === 'dir') throw errnoError('EISDIR');
    const { parent, name } = dentry;
    this.#detach(dentry);
    this.#unlinked(dentry.inode);
    this.#notifier.left(parent!, name);
  }

  removeDirectory(at: At): boolean {
    const dentry = this.#dentry(at);
    if (dentry.inode.kind !== 'dir') throw errnoError('ENOTDIR');
    if (dentry.inode.entries.size > 0) return false;
    const { parent, name } = dentry;
    this.#detach(dentry);
    this.#unlinked(dentry.inode);
    this.#notifier.left(parent!, name);
    return true;
  }

  removeAll(at: At): void {
    const inode = this.#ifThere(at);
    if (!inode) return;
    if (inode.kind !== 'dir') return this.remove(at);
    for (const name of inode.entries.keys()) this.removeAll({ fd: at.fd, name: `${at.name}/${name}` });
    this.removeDirectory(at);
  }

  hold(at: At): HeldFile | undefined {
    const { writers } = this.#existing(at);
    if (writers > 0) return undefined;
    return {
      stats: () => statsOf(this.#existing(at)),
      setMode: (mode) => this.setMode(at, mode),
      setMtime: (mtimeNs) => this.setMtime(at, mtimeNs),
      release: () => undefined,
    };
  }

  async flushFile(fd: number): Promise<void> {
    this.#unflushed.flushFile(this.#of(fd).inode);
  }

  async flush(_fd: number): Promise<void> {
    this.#unflushed.flush();
  }

  // --- what only people do, and who looks on

  contentOf(at: At): Buffer {
    return this.#existing(at).data;
  }

  contentOfOpen(fd: number): Buffer {
    return this.#of(fd).inode.data;
  }

  isOpen = (fd: number) => this.#open.has(fd);

  /** Every entry below a directory with its path, but those that are left out. */
  *entriesBelow(at: At, isLeftOut: (path: string) => boolean, above = ''): Generator<[string, Inode]> {
    const dir = this.#walk(at, false).inode;
    for (const [name, { inode }] of dir?.entries ?? []) {
      const path = above === '' ? name : `${above}/${name}`;
      if (isLeftOut(path)) continue;
      yield [path, inode];
      if (inode.kind === 'dir') yield* this.entriesBelow({ fd: at.fd, name: `${at.name}/${name}` }, isLeftOut, path);
    }
  }

  /** Opens a file for writing; makes it when it is not there. */
  create(at: At, mode: number, existing = false): number {
    const found = existing ? this.#walk(at) : undefined;
    if (found?.inode?.kind === 'symlink') throw errnoError('ELOOP');
    if (found?.inode?.kind === 'dir') throw errnoError('EISDIR');
    const dentry = found?.dentry ?? this.#add(at, this.#inode('file', mode));
    dentry.inode.writers++;
    return this.#fd(dentry.inode, dentry);
  }

  writeAt(fd: number, bytes: Buffer, position: number): void {
    if (bytes.length === 0) return;
    const part = this.isFull ? bytes.subarray(0, bytes.length >> 1) : bytes;
    const { data } = this.#of(fd).inode;
    const next = Buffer.alloc(Math.max(data.length, position + part.length));
    data.copy(next);
    part.copy(next, position);
    this.#setData(fd, next);
    if (this.isFull) throw errnoError('ENOSPC');
  }

  truncate(fd: number, length: number): void {
    const { data } = this.#of(fd).inode;
    if (data.length !== length) this.#setData(fd, Buffer.concat([data.subarray(0, length)], length));
  }

  link(from: At, to: At): void {
    const inode = this.#existing(from);
    if (inode.kind === 'dir') throw errnoError('EPERM');
    if (this.#walk(to).inode) throw errnoError('EEXIST');
    const { parent, name } = this.#walk(to);
    const dentry: Dentry = { parent: undefined, name, inode };
    this.#attach(dentry, parent, name);
    this.#change(inode, () => {
      inode.links++;
    });
    this.#notifier.entry(dentry, true);
    this.#notifier.self(inode);
  }

  /** The kernel's queue of announcements has overflowed. */
  overflow(): void {
    this.#notifier.overflow();
  }

  /** The machine has lost its power: everything is closed, and what was not flushed may be gone. */
  powerCut(random: Random): void {
    this.crash();
    this.#unflushed.powerCut(random);
    this.#boot++;
  }

  /** All that have something open are gone. */
  crash(): void {
    for (const { writes, inode } of this.#open.values()) if (writes) inode.writers = 0;
    this.#open.clear();
  }

  // ---

  #of(fd: number): Open {
    const open = this.#open.get(fd);
    if (!open) throw errnoError('EBADF');
    return open;
  }

  #fd(inode: Inode, dentry?: Dentry): number {
    this.#open.set(++this.#fds, { inode, position: 0, dentry, writes: dentry !== undefined });
    return this.#fds;
  }

  #pathOf(inode: Inode, dir = this.#top, path = ''): string {
    if (inode === dir) return path;
    for (const [name, { inode: entry }] of dir.entries) {
      const found = entry.kind === 'dir' ? this.#pathOf(inode, entry, `${path}/${name}`) : '';
      if (found !== '') return found;
    }
    return '';
  }

  #existing(at: At): Inode {
    const { inode } = this.#walk(at);
    if (!inode) throw errnoError('ENOENT');
    return inode;
  }

  #dentry(at: At): Dentry {
    const { dentry } = this.#walk(at);
    if (!dentry) throw errnoError('ENOENT');
    return dentry;
  }

  #ifThere(at: At): Inode | undefined {
    try {
      return this.#walk(at, false).inode;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
      return undefined;
    }
  }

  /** In the order of the kernel: the directories of both, then what is moved. */
  #bothEnds(from: At, to: At): { moved: Dentry; parent: Inode; name: string; there: Dentry | undefined } {
    const { dentry: moved } = this.#walk(from);
    const { parent, name, dentry: there } = this.#walk(to);
    if (!moved) throw errnoError('ENOENT');
    return { moved, parent, name, there };
  }

  /** @param strict whether a missing directory on the way is an error, as it is for all calls but those that only look */
  #walk({ fd, name }: At, strict = true): { parent: Inode; name: string; dentry?: Dentry; inode?: Inode } {
    let parent = fd < 0 ? this.#top : this.#of(fd).inode;
    if (name === '.' || name === '') return { parent, name, inode: parent };
    for (let from = 0; ; ) {
      const slash = name.indexOf('/', from);
      const part = slash < 0 ? name.slice(from) : name.slice(from, slash);
      if (part.length > NAME_MAX) throw errnoError('ENAMETOOLONG');
      const dentry = parent.entries.get(part);
      if (slash < 0) return { parent, name: part, ...(dentry && { dentry, inode: dentry.inode }) };
      if (!dentry && !strict) return { parent, name };
      if (!dentry) throw errnoError('ENOENT');
      if (dentry.inode.kind !== 'dir') throw errnoError('ENOTDIR');
      parent = dentry.inode;
      from = slash + 1;
    }
  }

  #inode(kind: Kind, mode: number, target = ''): Inode {
    const now = this.#tick();
    return {
      ino: ++this.#inos,
      kind,
      mode: mode & 0o7777,
      mtimeNs: now,
      ctimeNs: now,
      birthtimeNs: now,
      links: 1,
      data: Buffer.alloc(0),
      entries: new Map(),
      target,
      writers: 0,
    };
  }

  #tick(): bigint {
    return BigInt(Math.floor(this.#clock.now() / TICK_MS) * TICK_MS) * 1_000_000n;
  }

  #add(at: At, inode: Inode): Dentry {
    const { parent, name, inode: there } = this.#walk(at);
    if (there) throw errnoError('EEXIST');
    if (this.isFull) throw errnoError('ENOSPC');
    const dentry: Dentry = { parent: undefined, name, inode };
    this.#attach(dentry, parent, name);
    this.#notifier.entry(dentry, true);
    return dentry;
  }

  #attach(dentry: Dentry, parent: Inode, name: string): void {
    dentry.parent = parent;
    dentry.name = name;
    parent.entries.set(name, dentry);
    this.#unflushed.changed(() => {
      if (parent.entries.get(name) === dentry) parent.entries.delete(name);
    });
    this.#touch(parent);
  }

  #detach(dentry: Dentry): void {
    const { parent, name } = dentry;
    parent!.entries.delete(name);
    dentry.parent = undefined;
    this.#unflushed.changed(() => {
      dentry.parent = parent;
      dentry.name = name;
      parent!.entries.set(name, dentry);
    });
    this.#touch(parent!);
  }

  #touch(directory: Inode): void {
    directory.mtimeNs = this.#tick();
    directory.ctimeNs = directory.mtimeNs;
  }

  /** One name less. */
  #unlinked(inode: Inode): void {
    this.#change(inode, () => {
      inode.links--;
    });
    if (inode.links > 0) this.#notifier.self(inode);
    else if (inode.writers === 0) this.#notifier.ended(inode);
  }

  /** Changes metadata, and with it the change time. */
  #change(inode: Inode, how: () => void): void {
    const { mode, mtimeNs, ctimeNs, links } = inode;
    this.#unflushed.changed(() => Object.assign(inode, { mode, mtimeNs, ctimeNs, links }));
    how();
    inode.ctimeNs = this.#tick();
  }

  #setData(fd: number, data: Buffer): void {
    const { inode, dentry } = this.#of(fd);
    const before = inode.data;
    this.#unflushed.changed(() => {
      inode.data = before;
    });
    this.#change(inode, () => {
      inode.data = data;
      inode.mtimeNs = this.#tick();
    });
    this.#unflushed.wrote(inode);
    if (dentry?.parent) this.#notifier.entry(dentry);
    else this.#notifier.self(inode);
  }

  /** A directory cannot be moved into itself. */
  #checkMove({ inode }: Dentry, to: Inode): void {
    if (inode.kind === 'dir' && isWithin(to, inode)) throw errnoError('EINVAL');
  }
}

function isWithin(inode: Inode, dir: Inode): boolean {
  return (
    inode === dir ||
    [...dir.entries.values()].some((entry) => entry.inode.kind === 'dir' && isWithin(inode, entry.inode))
  );
}

function writeTime(ns: bigint, words: Uint32Array, at: number): void {
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = BigInt.asUintN(64, (ns - fraction) / 1_000_000_000n);
  words[at] = Number(seconds & 0xffff_ffffn);
  words[at + 1] = Number(seconds >> 32n);
  words[at + 2] = Number(fraction);
}
