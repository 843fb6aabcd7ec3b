import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bytePath } from '../../src/base/bytes.ts';
import { entriesOf, sha256, unlessGone } from '../../test/support/tree.ts';
import type { Deeds } from './deeds.ts';
import type { SiteName } from './star.ts';
import type { DeedStep } from './step.ts';

export interface PeopleOptions {
  seed: number;
  deeds: Deeds;
  rootOf(site: SiteName): string;
  /** A person wrote to a file that was open all the time, and whose name leads elsewhere by now. */
  onLateSave(site: SiteName, path: string, sha256: string, size: number, openedAt: number): void;
}

type Save = DeedStep & { do: 'save' };
type Other = Exclude<DeedStep, { do: 'save' }>;

/**
 * Does what a person does, as programs do it, and writes down whose hand put what where. What is not possible at this moment (nothing is
 * there, the disk is full or read-only) is not done, as a person would find out too.
 */
export class People {
  private readonly options: PeopleOptions;

  constructor(options: PeopleOptions) {
    this.options = options;
  }

  /** Returns whether anything was done. */
  async do(step: DeedStep): Promise<boolean> {
    const hand = new Hand(this.options, step.site);
    try {
      if (step.do === 'save') await save(hand, step, contentOf(this.options.seed, step));
      else act(hand, step);
      return true;
    } catch (error) {
      if (isOrdinary(error)) return false;
      throw error;
    } finally {
      hand.finish();
    }
  }
}

/** Bytes that no other step writes, and that no compression makes smaller. */
function contentOf(seed: number, { id, size }: Save): Buffer {
  const head = Buffer.from(`step ${id} of seed ${seed}\n`);
  return Buffer.concat([head, createHash('shake256', { outputLength: size }).update(head).digest()]);
}

const ORDINARY =
  'ENOENT EEXIST ENOTDIR EISDIR ENOTEMPTY ENOSPC EROFS ELOOP EINVAL EACCES EPERM EXDEV EDQUOT EBUSY ETXTBSY';
const isOrdinary = (error: unknown) => ORDINARY.split(' ').includes((error as NodeJS.ErrnoException).code ?? '');

/** One person at one site during one step: knows the paths that the step touches, and looks at them again when it is over. */
class Hand {
  readonly options: PeopleOptions;
  readonly site: SiteName;
  private readonly touched = new Map<string, { below: boolean; ino?: bigint }>();

  constructor(options: PeopleOptions, site: SiteName) {
    this.options = options;
    this.site = site;
  }

  get deeds(): Deeds {
    return this.options.deeds;
  }

  full(path: string): string {
    return join(this.options.rootOf(this.site), path);
  }

  /** To be called before anything is done to a path; `below` when to all that is in it. */
  touch(path: string, below = false): void {
    const ino = unlessGone(() => lstatSync(this.full(path), { bigint: true }).ino);
    this.touched.set(path, { below, ...(ino !== undefined && { ino }) });
    this.deeds.touch(this.site, bytePath(path), Date.now(), below, ino);
  }

  /** What is at the path now was put there by this person. */
  put(path: string): void {
    const hash = unlessGone(() =>
      lstatSync(this.full(path)).isFile() ? sha256(readFileSync(this.full(path))) : undefined,
    );
    if (hash !== undefined) this.deeds.put(this.site, bytePath(path), hash);
  }

  /** The same of all files below a directory. */
  putAll(dir: string): void {
    for (const { path, full, stats } of entriesOf(this.full(dir))) {
      const hash = stats.isFile() ? unlessGone(() => sha256(readFileSync(full))) : undefined;
      if (hash !== undefined) this.deeds.put(this.site, `${bytePath(dir)}/${path}`, hash);
    }
  }

  /** The content of an open file was made by this person. */
  putOpen(path: string, fd: number): string {
    const bytes = Buffer.alloc(fstatSync(fd).size);
    readSync(fd, bytes, 0, bytes.length, 0);
    const hash = sha256(bytes);
    this.deeds.put(this.site, bytePath(path), hash);
    return hash;
  }

  finish(): void {
    const now = Date.now();
    for (const [path, { below, ino }] of this.touched) this.deeds.touch(this.site, bytePath(path), now, below, ino);
  }
}

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC } = constants;

/** Opens a file as a program that saves does; makes the directory when it is missing, as a person would. */
function open(hand: Hand, path: string, flags = 0): number {
  mkdirSync(dirname(hand.full(path)), { recursive: true });
  return openSync(hand.full(path), O_RDWR | O_CREAT | O_NOFOLLOW | flags, 0o644);
}

async function save(hand: Hand, { path, style, pauseMs }: Save, content: Buffer): Promise<void> {
  hand.touch(path);
  switch (style) {
    case 'inPlace':
    case 'truncate':
    case 'append':
      return writeTo(hand, path, style, content);
    case 'replace': {
      const temp = join(dirname(path), `.${hand.site}-saving.tmp`);
      writeTo(hand, temp, 'truncate', content);
      renameOver(hand, temp, path);
      return;
    }
    case 'office': {
      const backup = `${path}.bak`;
      renameOver(hand, path, backup);
      writeTo(hand, path, 'truncate', content);
      unlink(hand, backup);
      return;
    }
    default:
      return saveSlowly(hand, path, style, content, pauseMs);
  }
}

function writeTo(hand: Hand, path: string, style: 'inPlace' | 'truncate' | 'append', content: Buffer): void {
  hand.touch(path);
  const fd = open(hand, path, style === 'truncate' ? O_TRUNC : 0);
  try {
    hand.putOpen(path, fd);
    writeSync(fd, content, 0, content.length, style === 'append' ? fstatSync(fd).size : 0);
    if (style === 'inPlace') ftruncateSync(fd, content.length);
  } finally {
    // Also what a full disk let through.
    hand.putOpen(path, fd);
    closeSync(fd);
  }
}

/** `halves`: the file is incomplete for a while. `late`: it is open for a while, and another one may have its name when it is written. */
async function saveSlowly(
  hand: Hand,
  path: string,
  style: 'halves' | 'late',
  content: Buffer,
  pauseMs: number,
): Promise<void> {
  const fd = open(hand, path);
  const openedAt = Date.now();
  try {
    if (style === 'halves') {
      ftruncateSync(fd, 0);
      writeSync(fd, content, 0, content.length >> 1, 0);
    }
    hand.putOpen(path, fd);
    await pause(pauseMs);
    hand.touch(path);
    const { ino } = fstatSync(fd, { bigint: true });
    hand.deeds.touch(hand.site, bytePath(path), Date.now(), false, ino);
    writeSync(fd, content, 0, content.length, 0);
    ftruncateSync(fd, content.length);
    const hash = hand.putOpen(path, fd);
    const isElsewhere = unlessGone(() => lstatSync(hand.full(path), { bigint: true }).ino) !== ino;
    if (isElsewhere) hand.options.onLateSave(hand.site, bytePath(path), hash, content.length, openedAt);
  } finally {
    closeSync(fd);
  }
}

function renameOver(hand: Hand, from: string, to: string): void {
  hand.touch(from, true);
  hand.touch(to, true);
  mkdirSync(dirname(hand.full(to)), { recursive: true });
  // By the file itself: another one may have its new name before anybody looks.
  const moved = unlessGone(() => openSync(hand.full(from), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  try {
    renameSync(hand.full(from), hand.full(to));
    hand.deeds.remove(hand.site, bytePath(from));
    if (moved !== undefined && fstatSync(moved).isFile()) hand.putOpen(to, moved);
    hand.put(to);
  } finally {
    if (moved !== undefined) closeSync(moved);
  }
  if (statOf(hand, to)?.isDirectory()) {
    hand.deeds.move(hand.site, bytePath(from), bytePath(to));
    hand.putAll(to);
  }
}

const statOf = (hand: Hand, path: string) => unlessGone(() => lstatSync(hand.full(path)));

function unlink(hand: Hand, path: string): void {
  hand.touch(path);
  unlinkSync(hand.full(path));
  hand.deeds.remove(hand.site, bytePath(path));
}

function act(hand: Hand, step: Other): void {
  const { path } = step;
  switch (step.do) {
    case 'rename':
    case 'moveDirectory':
      return renameOver(hand, path, step.to);
    case 'remove':
      return unlink(hand, path);
    case 'copy':
      if (statSync(hand.full(path)).isFile()) writeTo(hand, step.to, 'truncate', readFileSync(hand.full(path)));
      return;
    case 'chmod':
    case 'touch':
      hand.touch(path);
      // Of a symlink the target, which may lie elsewhere, is not ours to change.
      if (!statOf(hand, path)?.isFile()) return;
      hand.deeds.handle(hand.site, bytePath(path));
      if (step.do === 'chmod') chmodSync(hand.full(path), step.mode);
      else utimesSync(hand.full(path), step.mtime, step.mtime);
      return;
    case 'symlink':
      hand.touch(path);
      mkdirSync(dirname(hand.full(path)), { recursive: true });
      if (statOf(hand, path)?.isSymbolicLink()) unlink(hand, path);
      return symlinkSync(step.target, hand.full(path));
    case 'hardLink':
      hand.touch(path);
      hand.touch(step.to);
      mkdirSync(dirname(hand.full(step.to)), { recursive: true });
      linkSync(hand.full(path), hand.full(step.to));
      return hand.put(step.to);
    case 'flip':
      return flip(hand, path);
    case 'mkdir':
      return void mkdirSync(hand.full(path), { recursive: true });
    case 'removeDirectory':
      return removeAll(hand, path);
  }
}

function flip(hand: Hand, path: string): void {
  if (statOf(hand, path)?.isDirectory()) {
    removeAll(hand, path);
    return writeTo(hand, path, 'truncate', Buffer.from(`was a directory at ${Date.now()}\n`));
  }
  unlink(hand, path);
  mkdirSync(hand.full(path));
  writeTo(hand, `${path}/in it.txt`, 'truncate', Buffer.from(`in a directory that was a file at ${Date.now()}\n`));
}

function removeAll(hand: Hand, dir: string): void {
  hand.touch(dir, true);
  if (!statOf(hand, dir)?.isDirectory()) return;
  hand.deeds.remove(hand.site, bytePath(dir));
  rmSync(hand.full(dir), { recursive: true });
}
