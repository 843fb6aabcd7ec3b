import { z } from 'zod';
import { Count, FolderName, named, Path, Time } from './common.ts';

export const NewShare = named(
  'NewShare',
  z.strictObject({
    folder: FolderName,
    path: Path,
    /** download: the file or directory. drop: people upload files into the directory and see nothing. */
    kind: z.enum(['download', 'drop']),
    expires: Time,
    password: z.string().min(1).max(1024).optional(),
  }),
);
export type NewShare = z.infer<typeof NewShare>;

export const Share = named(
  'Share',
  z.object({
    id: z.string(),
    /** Relative to the page. Returned once, to the creator; null in lists. */
    link: z.string().nullable(),
    folder: FolderName,
    path: Path,
    name: z.string(),
    kind: z.enum(['download', 'drop']),
    by: z.string(),
    made: Time,
    expires: Time,
    password: z.boolean(),
    uses: Count,
  }),
);
export type Share = z.infer<typeof Share>;
export const Shares = named('Shares', z.object({ shares: z.array(Share) }));
export type Shares = z.infer<typeof Shares>;

/** What the holder of a link sees. Entries of a directory: one level, `path` below the shared one. */
export const PublicShare = named(
  'PublicShare',
  z.object({
    name: z.string(),
    kind: z.enum(['download', 'drop']),
    directory: z.boolean(),
    size: Count,
    by: z.string(),
    expires: Time,
    /** The password is required first. */
    locked: z.boolean(),
    entries: z.array(z.object({ name: z.string(), path: Path, kind: z.enum(['file', 'dir']), size: Count })),
  }),
);
export type PublicShare = z.infer<typeof PublicShare>;
export const Unlock = named('Unlock', z.strictObject({ password: z.string().max(1024) }));
