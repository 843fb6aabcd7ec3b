import type { FolderPlan } from '../../topology/site-plan.ts';

/**
 * The permission bits that are synced. Set-id and sticky bits are not: a site must not be able to plant a setuid file.
 */
export const MODE_MASK = 0o777;

/** What of a mode travels: all permission bits, whether a file is executable, or nothing. */
export type ModeRule = 'full' | NonNullable<FolderPlan['metadata']>['mode'];

export const modeRule = (folder: Pick<FolderPlan, 'metadata'> | undefined): ModeRule =>
  folder?.metadata?.mode ?? 'full';

type Kind = 'file' | 'dir' | 'symlink';

const EXECUTABLE = 0o111;
const CLASSES = [0o700, 0o070, 0o007];
/** Where nothing else says it. */
const PLAIN = { file: 0o644, dir: 0o755, symlink: 0o777 };

/** The part of a mode on a disk that is compared with the index: other differences are nobody's change. Pure. */
export function travelling(rule: ModeRule, kind: Kind, mode: number): number {
  if (rule === 'full') return mode & MODE_MASK;
  return rule === 'executable' && kind === 'file' ? mode & 0o100 : 0;
}

/** The mode on a disk, and that of the version which is there. They may differ by the rules of the office. */
export interface Placed {
  here: number;
  version: number;
}

/**
 * The mode of the version that is made from what is on a disk. What differs by a rule of the office only is not passed
 * on: each class (owner, group, others) keeps that of the version before unless it was changed here. Pure.
 */
export function modeToJournal(rule: ModeRule, kind: Kind, here: number, before?: Placed): number {
  const mode = here & MODE_MASK;
  if (rule === 'full') return before ? merged(before.version, before.here, mode, mode) : mode;
  const base = before?.version ?? PLAIN[kind];
  return rule === 'executable' && kind === 'file' ? withExecutable(base, mode) : base;
}

/** Where something arrives. */
export interface Arrival {
  kind: Kind;
  /** The mode of the version. */
  version: number;
  /** What is there now, and the mode of its version, if that is known. */
  before?: { here: number; version?: number };
  /** It has an ACL there. */
  hasAcl: boolean;
  /** The mode of the directory. */
  directory: number;
}

/**
 * The mode that a version gets on a disk. A class that nobody changed stays as it is at this office; without a version
 * there, `full` gives that of the version, and the other rules what the directory has, as a save there. Pure.
 */
export function modeToSet(rule: ModeRule, { kind, version, before, hasAcl, directory }: Arrival): number {
  if (rule === 'full') {
    const target = hasAcl ? underAcl(version) : version & MODE_MASK;
    return before?.version === undefined ? target : merged(before.here, before.version, version & MODE_MASK, target);
  }
  if (kind === 'dir') return before?.here ?? (directory & MODE_MASK) | 0o700;
  const here = before?.here ?? (directory & 0o666) | 0o600;
  return rule === 'executable' ? withExecutable(here, version) : here;
}

/**
 * Where an ACL says who of a group may do what, the bits of the group are its upper limit. A version from an office without
 * ACLs says nothing about that but whether others than the owner are let in: then the limit is what the owner may do.
 */
function underAcl(mode: number): number {
  const group = mode & 0o040 ? (mode >> 3) & 0o070 : mode & 0o070;
  return (mode & 0o707) | group;
}

/** `base` with the classes of `target` in which `after` differs from `before`. */
function merged(base: number, before: number, after: number, target: number): number {
  return CLASSES.reduce((mode, bits) => mode | (((before ^ after) & bits ? target : base) & bits), 0);
}

/** Who may read may execute, or nobody. */
const withExecutable = (mode: number, like: number) =>
  like & 0o100 ? mode | ((mode & 0o444) >> 2) : mode & ~EXECUTABLE;
