import { z } from 'zod';
import { Count, Flag, Kind, named, Path, Time, VersionName } from './common.ts';

export const NewDirectory = named('NewDirectory', z.strictObject({ path: Path }));
export type NewDirectory = z.infer<typeof NewDirectory>;

/** `to` must not exist. */
export const Move = named('Move', z.strictObject({ from: Path, to: Path }));
export type Move = z.infer<typeof Move>;

/** `versions`, parallel to the paths: refused if the path has another version by now. */
export const Deletion = named(
  'Deletion',
  z.strictObject({ paths: z.array(Path).min(1).max(1000), versions: z.array(VersionName).max(1000).optional() }),
);
export type Deletion = z.infer<typeof Deletion>;

/** To undo it, restore each of these. */
export const Deleted = named(
  'Deleted',
  z.object({ deleted: z.array(z.object({ path: Path, version: VersionName })), more: z.boolean() }),
);
export type Deleted = z.infer<typeof Deleted>;

export const Restore = named('Restore', z.strictObject({ path: Path, version: VersionName }));
export type Restore = z.infer<typeof Restore>;

/** Directories with everything in them. Without `at` what was deleted last; with it everything as it was then. */
export const Restoration = named(
  'Restoration',
  z.strictObject({ paths: z.array(Path).min(1).max(1000), at: Time.optional() }),
);
export type Restoration = z.infer<typeof Restoration>;

export const Restorations = named(
  'Restorations',
  z.object({
    restored: Count,
    failures: Count,
    /** The first of these. */
    failed: z.array(z.object({ path: Path, reason: z.string() })),
    /** The rest is being restored. */
    goesOn: z.boolean(),
  }),
);
export type Restorations = z.infer<typeof Restorations>;

export const Changed = named('Changed', z.object({ path: Path, version: VersionName.nullable() }));
export type Changed = z.infer<typeof Changed>;

/** Asked before an upload: a listing in a browser may be incomplete or outdated. */
export const ExistingQuery = named('ExistingQuery', z.strictObject({ paths: z.array(Path).min(1).max(1000) }));
export type ExistingQuery = z.infer<typeof ExistingQuery>;

/** What is at a path. Paths where nothing is are left out. */
const Existing = named(
  'Existing',
  z.object({
    path: Path,
    kind: Kind.exclude(['deleted']),
    size: Count,
    mtime: Time,
    version: VersionName,
    /** Hexadecimal; of a file. */
    sha256: z.string().nullable(),
  }),
);
export type Existing = z.infer<typeof Existing>;
export const ExistingEntries = named('ExistingEntries', z.object({ entries: z.array(Existing) }));
export type ExistingEntries = z.infer<typeof ExistingEntries>;

/**
 * What became of an upload. placed: it is at its path. unchanged: the same content was there already. beside: its name was
 * taken, and it got another one, as `keepBoth` asked. conflict: what was there is not what the user saw, so it became a
 * conflict copy.
 */
export const UploadOutcome = z.enum(['placed', 'unchanged', 'beside', 'conflict']);
export type UploadOutcome = z.infer<typeof UploadOutcome>;

/**
 * Metadata of a tus upload (base64 according to tus): `path`; `mtime` in Unix ms, optional; `base`, the version that the
 * user saw there ('' = nothing was there). If something else is there at the end, the upload becomes a conflict copy beside
 * it, or with `keepBoth` a file like "name (2).ext". The response to the last request has the resulting path and version in
 * `x-sitesync-path` and `x-sitesync-version`, and the {@link UploadOutcome} in `x-sitesync-outcome`.
 */
export const UploadMetadata = z.object({
  path: Path,
  mtime: z.coerce.number().int().min(0).max(8.64e15).optional(),
  base: z.string().max(80).default(''),
  keepBoth: Flag,
});
export type UploadMetadata = z.infer<typeof UploadMetadata>;
