import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bytePath } from '../../src/base/bytes.ts';
import { unlessGone } from '../../test/support/tree.ts';
import type { Hand } from './hand.ts';
import type { DeedStep } from './step.ts';

export type Save = DeedStep & { do: 'save' };

const { O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC } = constants;

/** Bytes that no other step writes, and that do not compress. */
export function contentOf(seed: number, { id, size }: Save): Buffer {
  const head = Buffer.from(`step ${id} of seed ${seed}\n`);
  return Buffer.concat([head, createHash('shake256', { outputLength: size }).update(head).digest()]);
}

/** Opens a file as a program that saves does; creates a missing directory, as a person would. */
function open(hand: Hand, path: string, flags = 0): number {
  mkdirSync(dirname(hand.full(path)), { recursive: true });
  return openSync(hand.full(path), O_RDWR | O_CREAT | O_NOFOLLOW | flags, 0o644);
}

/** Saves a file the way one of many programs does. */
export async function save(hand: Hand, { path, style, pauseMs }: Save, content: Buffer): Promise<void> {
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

export function writeTo(hand: Hand, path: string, style: 'inPlace' | 'truncate' | 'append', content: Buffer): void {
  hand.touch(path);
  const fd = open(hand, path, style === 'truncate' ? O_TRUNC : 0);
  try {
    hand.putOpen(path, fd);
    writeSync(fd, content, 0, content.length, style === 'append' ? fstatSync(fd).size : 0);
    if (style === 'inPlace') ftruncateSync(fd, content.length);
  } finally {
    // Including what a full disk let through.
    hand.putOpen(path, fd);
    closeSync(fd);
  }
}

/**
 * `halves`: the file is incomplete for a while. `late`: it is open for a while, and another file may have its name when it
 * is written.
 */
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

export function renameOver(hand: Hand, from: string, to: string): void {
  hand.touch(from, true);
  hand.touch(to, true);
  mkdirSync(dirname(hand.full(to)), { recursive: true });
  // By descriptor: another file may have its new name before anybody looks.
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

export const statOf = (hand: Hand, path: string) => unlessGone(() => lstatSync(hand.full(path)));

export function unlink(hand: Hand, path: string): void {
  hand.touch(path);
  unlinkSync(hand.full(path));
  hand.deeds.remove(hand.site, bytePath(path));
}
