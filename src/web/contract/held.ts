import { z } from 'zod';
import { Count, Cursor, FolderName, Kind, Limit, Next, named, Path, Time, VersionName } from './common.ts';

/** What happened to a path: it is gone, or has different content. */
const HeldKind = z.enum(['deleted', 'overwritten']);
type HeldKind = z.infer<typeof HeldKind>;

/** The changes of one folder that wait for approval at this site: made on its disk, and not shared. */
export const HeldFolder = named(
  'HeldFolder',
  z.object({
    folder: FolderName,
    /** Deletions and overwrites together. */
    changes: Count,
    deletions: Count,
    overwrites: Count,
    /** Of the previous content. */
    bytes: Count,
    /** When the oldest was seen. */
    since: Time,
    /** The user may approve and reject them. */
    mayDecide: z.boolean(),
  }),
);
export type HeldFolder = z.infer<typeof HeldFolder>;

/** Only folders with held changes are listed. */
export const Held = named('Held', z.object({ folders: z.array(HeldFolder) }));
export type Held = z.infer<typeof Held>;

export const HeldQuery = z.object({
  /** Only this path and everything below it. */
  path: Path.default(''),
  kind: HeldKind.optional(),
  cursor: Cursor.optional(),
  limit: Limit,
});
export type HeldQuery = z.infer<typeof HeldQuery>;

export const HeldChange = named(
  'HeldChange',
  z.object({
    path: Path,
    /** For display: control characters and bytes that are not text are escaped. */
    name: z.string(),
    kind: HeldKind,
    /** What all other sites still have. */
    before: z.object({ kind: Kind, size: Count, mtime: Time, version: VersionName }),
    /** What is on the disk of this site; null when it was deleted. */
    after: z.object({ kind: Kind, size: Count, mtime: Time }).nullable(),
    /** When it was seen. */
    since: Time,
  }),
);
export type HeldChange = z.infer<typeof HeldChange>;

/** Sorted by path. `changes` is the number of all results, in the first page only. */
export const HeldChanges = named(
  'HeldChanges',
  z.object({ folder: FolderName, held: z.array(HeldChange), changes: Count.nullable(), next: Next }),
);
export type HeldChanges = z.infer<typeof HeldChanges>;

/** Either everything in the folder, or these paths, each with everything below it. */
export const HeldChoice = named(
  'HeldChoice',
  z
    .strictObject({ all: z.literal(true).optional(), paths: z.array(Path).min(1).max(1000).optional() })
    .refine(({ all, paths }) => (all === undefined) !== (paths === undefined), {
      error: 'does not say what is meant: write "all" as true, or "paths", not both',
    }),
);
export type HeldChoice = z.infer<typeof HeldChoice>;

export const HeldOutcome = named(
  'HeldOutcome',
  z.object({
    /** Approved or rejected by this request. */
    decided: Count,
    /** Still held in the folder. */
    left: Count,
    /** Too many for one request: the site continues by itself, and `left` decreases. */
    goesOn: z.boolean(),
    /** The first of those that could not be decided and stay held, and why. */
    refused: z.array(z.object({ path: Path, reason: z.string() })),
  }),
);
export type HeldOutcome = z.infer<typeof HeldOutcome>;
