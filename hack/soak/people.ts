import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { bytePath } from '../../src/base/bytes.ts';
import { Hand, type PeopleOptions } from './hand.ts';
import { contentOf, renameOver, save, statOf, unlink, writeTo } from './saves.ts';
import type { DeedStep } from './step.ts';

type Other = Exclude<DeedStep, { do: 'save' }>;

/**
 * Acts as a person does, with the system calls of real programs, and records who put what where. What is impossible at the
 * moment (nothing is there, the disk is full or read-only) is skipped, as it would fail for a person too.
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

const ORDINARY =
  'ENOENT EEXIST ENOTDIR EISDIR ENOTEMPTY ENOSPC EROFS ELOOP EINVAL EACCES EPERM EXDEV EDQUOT EBUSY ETXTBSY';
const isOrdinary = (error: unknown) => ORDINARY.split(' ').includes((error as NodeJS.ErrnoException).code ?? '');

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
      // The target of a symlink may lie outside of the folder.
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
      hand.name(path);
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
