import { z } from 'zod';
import {
  Count,
  Cursor,
  Flag,
  FolderName,
  Kind,
  Limit,
  Mark,
  Next,
  named,
  OfficeProblem,
  Path,
  SiteName,
  Time,
  UnreachableOffice,
  VersionName,
} from './common.ts';
import { Role } from './session.ts';

const Folder = named(
  'Folder',
  z.object({
    name: FolderName,
    mode: z.enum(['readWrite', 'receiveOnly', 'sendOnly', 'relay']),
    role: Role,
    /** The user may change files here: their role and the folder's mode allow it, and the disk is available. */
    writable: z.boolean(),
    /** Offices that hold the folder. */
    sites: z.array(SiteName),
    /** Why the folder cannot be used now. */
    error: z.string().nullable(),
    /** The same as a code with parameters, for translation. */
    trouble: OfficeProblem.nullable(),
  }),
);
type Folder = z.infer<typeof Folder>;
export const Folders = named('Folders', z.object({ folders: z.array(Folder) }));
export type Folders = z.infer<typeof Folders>;

export const Entry = named(
  'Entry',
  z.object({
    /** For display: control characters and bytes that are not text are escaped. */
    name: z.string(),
    path: Path,
    kind: Kind,
    size: Count,
    mtime: Time,
    version: VersionName,
    /** It has concurrent edits, and nobody has resolved that yet. */
    conflict: z.boolean(),
    /** This office has the content of this version, so it can be opened. */
    here: z.boolean(),
    /** Offices that do not have it, or not everything below a directory. */
    marks: z.array(Mark),
    /** Everything below a directory. Null: it is none, or this is not known: then its marks say nothing about what is below. */
    below: z.object({ files: Count, bytes: Count }).nullable(),
  }),
);
export type Entry = z.infer<typeof Entry>;

export const EntriesQuery = z.object({
  path: Path.default(''),
  sort: z.enum(['name', 'size', 'mtime']).default('name'),
  order: z.enum(['asc', 'desc']).default('asc'),
  cursor: Cursor.optional(),
  limit: Limit,
  /** Starts with the entry at this index, to jump into a long list; not together with cursor or at. */
  offset: z.coerce.number().int().min(0).max(100_000_000).default(0),
  /** The folder as it was at this time, according to the clocks of the offices; sorted by name only. */
  at: Time.optional(),
  /** Language of the reader (BCP 47), in whose order names are sorted; English otherwise. Numbers in names count as numbers. */
  locale: z.string().max(64).optional(),
  /** Whether to list deleted entries too. */
  deleted: Flag,
});
export type EntriesQuery = z.infer<typeof EntriesQuery>;

/** Directories first. */
export const Entries = named(
  'Entries',
  z.object({
    folder: FolderName,
    path: Path,
    /** Offices that hold the folder: the columns of the marks. */
    sites: z.array(SiteName),
    entries: z.array(Entry),
    next: Next,
    /** In the whole directory; only in an answer without cursor. */
    total: Count.nullable(),
    /** The unreachable ones of these offices. */
    away: z.array(UnreachableOffice),
    /** When this was read. */
    asOf: Time,
  }),
);
export type Entries = z.infer<typeof Entries>;

export const FileQuery = z.object({
  path: Path,
  version: VersionName.optional(),
  /** What was there at this time; ignored if a version is given. */
  at: Time.optional(),
  /** inline: images, PDF and text are shown sandboxed, everything else is an attachment. */
  as: z.enum(['attachment', 'inline']).default('attachment'),
});
export const PathQuery = z.object({ path: Path });
/** `at`: the directory as it was at this time. */
export const ZipQuery = PathQuery.extend({ at: Time.optional() });
