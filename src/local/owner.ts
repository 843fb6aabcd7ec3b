import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { readIfThere } from '../base/files.ts';
import type { DataDir } from './data-dir.ts';

/** The supervisor of a data folder. */
const Owner = z.object({
  pid: z.number().int().positive(),
  /** Distinguishes the process from a later one with the same pid. */
  started: z.string(),
  /** Its control socket. */
  socket: z.string(),
});
export type Owner = z.infer<typeof Owner>;

/** The live supervisor of this data folder, or undefined. */
export function ownerOf(dir: DataDir): Owner | undefined {
  const text = readIfThere(dir.owner);
  if (text === undefined) return undefined;
  const parsed = Owner.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data) ? parsed.data : undefined;
}

export function isAlive({ pid, started }: Owner): boolean {
  return startOf(pid) === started;
}

/** Makes this process the owner and returns undefined, or returns the live owner. */
export function becomeOwner(dir: DataDir, socket: string): Owner | undefined {
  mkdirSync(dir.root, { recursive: true });
  const mine: Owner = { pid: process.pid, started: startOf(process.pid) ?? '', socket };
  const scratch = `${dir.owner}.${randomUUID()}`;
  writeFileSync(scratch, `${JSON.stringify(mine)}\n`, { mode: 0o600 });
  try {
    for (;;) {
      try {
        linkSync(scratch, dir.owner); // unlike rename, never replaces an owner
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = ownerOf(dir);
      if (other) return other;
      removeDead(dir);
    }
  } finally {
    rmSync(scratch, { force: true });
  }
}

export function releaseOwnership(dir: DataDir): void {
  if (ownerOf(dir)?.pid === process.pid) rmSync(dir.owner, { force: true });
}

/** Moves a dead owner's file aside; puts it back if it was replaced by a live one's in the meantime. */
function removeDead(dir: DataDir): void {
  const aside = `${dir.owner}.${randomUUID()}`;
  try {
    renameSync(dir.owner, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const parsed = Owner.safeParse(parseJson(readFileSync(aside, 'utf8')));
  if (parsed.success && isAlive(parsed.data)) renameSync(aside, dir.owner);
  else rmSync(aside);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * The boot id and the time since boot at which a process started (proc(5), field 22); undefined when there is no such
 * process.
 */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may itself contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return undefined;
  const boot = readIfThere('/proc/sys/kernel/random/boot_id')?.trim();
  return `${boot}/${fields[19]}`;
}
