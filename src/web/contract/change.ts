import { z } from 'zod';
import { named, Path, VersionName } from './common.ts';

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

export const Changed = named('Changed', z.object({ path: Path, version: VersionName.nullable() }));
export type Changed = z.infer<typeof Changed>;

/**
 * Metadata of a tus upload (base64 according to tus): `path`; `mtime` in Unix ms, optional; `base`, the version that the
 * user saw there ('' = nothing was there). If something else is there at the end, the upload becomes a conflict copy beside
 * it. The response to the last PATCH has the resulting path and version in `x-sitesync-path` and `x-sitesync-version`.
 */
export const UploadMetadata = z.object({
  path: Path,
  mtime: z.coerce.number().int().min(0).max(8.64e15).optional(),
  base: z.string().max(80).default(''),
});
export type UploadMetadata = z.infer<typeof UploadMetadata>;
