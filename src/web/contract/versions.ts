import { z } from 'zod';
import {
  ChangeKind,
  Count,
  Cursor,
  FolderName,
  Kind,
  Limit,
  Next,
  named,
  Path,
  SiteName,
  Time,
  VersionName,
} from './common.ts';

export const Version = named(
  'Version',
  z.object({
    version: VersionName,
    what: ChangeKind,
    kind: Kind,
    size: Count,
    mtime: Time,
    sha256: z.string().nullable(),
    origin: SiteName,
    author: z.string(),
    detectedAt: Time,
    head: z.boolean(),
    base: VersionName.nullable(),
    /** This office can show and restore it without fetching it from another. */
    keptHere: z.boolean(),
    /** Offices that hold it, or have seen it replaced. */
    seenBy: z.array(SiteName),
  }),
);
export type Version = z.infer<typeof Version>;

export const VersionsQuery = z.object({ path: Path, cursor: Cursor.optional(), limit: Limit });
export type VersionsQuery = z.infer<typeof VersionsQuery>;

/** The current one first, then newest first. */
export const Versions = named('Versions', z.object({ path: Path, versions: z.array(Version), next: Next }));
export type Versions = z.infer<typeof Versions>;

export const DiffQuery = z.object({ path: Path, from: VersionName, to: VersionName });
export const Diff = named(
  'Diff',
  z.object({
    from: VersionName,
    to: VersionName,
    hunks: z.array(
      z.object({
        fromLine: Count,
        toLine: Count,
        lines: z.array(z.object({ is: z.enum(['same', 'added', 'removed']), text: z.string() })),
      }),
    ),
  }),
);
export type Diff = z.infer<typeof Diff>;

/** What is at one of the two paths of a conflict now. */
export const ConflictSide = named(
  'ConflictSide',
  z.object({
    path: Path,
    name: z.string(),
    version: VersionName,
    kind: Kind,
    size: Count,
    mtime: Time,
    origin: SiteName,
    author: z.string(),
  }),
);
export type ConflictSide = z.infer<typeof ConflictSide>;

export const ConflictsQuery = z.object({ cursor: Cursor.optional(), limit: Limit });
export const Conflict = named(
  'Conflict',
  z.object({
    folder: FolderName,
    path: Path,
    name: z.string(),
    winner: VersionName,
    losing: VersionName,
    /** Where the losing edit is kept as a file of its own. */
    copy: Path,
    copyVersion: VersionName,
    sides: z.object({ winner: ConflictSide, loser: ConflictSide }),
    site: SiteName,
    at: Time,
  }),
);
export type Conflict = z.infer<typeof Conflict>;
export const Conflicts = named('Conflicts', z.object({ conflicts: z.array(Conflict), next: Next }));
export type Conflicts = z.infer<typeof Conflicts>;

/**
 * winner: the copy is deleted. loser: the copy's content becomes the file, and the copy is deleted. both: they stay as they
 * are. This resolves the conflict at every office.
 */
export const Resolve = named(
  'Resolve',
  z.strictObject({ path: Path, copy: Path, copyVersion: VersionName, keep: z.enum(['winner', 'loser', 'both']) }),
);
export type Resolve = z.infer<typeof Resolve>;
