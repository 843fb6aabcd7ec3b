import { z } from 'zod';
import { Count, Cursor, FolderName, Kind, Limit, Next, named, Path, Time, VersionName } from './common.ts';

/** What was done to a path: it is gone, or its content is another. */
const HeldKind = z.enum(['deleted', 'overwritten']);
type HeldKind = z.infer<typeof HeldKind>;

/** The changes of one folder that wait for a person at this site: made on its disk, and not shared. */
export const HeldFolder = named(
  'HeldFolder',
  z.object({
    folder: FolderName,
    /** All of them: deletions and overwrites together. */
    changes: Count,
    deletions: Count,
    overwrites: Count,
    /** Of what was there before. */
    bytes: Count,
    /** When the oldest was seen. */
    since: Time,
    /** The person may approve and reject them. */
    mayDecide: z.boolean(),
  }),
);
export type HeldFolder = z.infer<typeof HeldFolder>;

/** Folders of which nothing is held are not listed. */
export const Held = named('Held', z.object({ folders: z.array(HeldFolder) }));
export type Held = z.infer<typeof Held>;

export const HeldQuery = z.object({
  /** Only this path and what is below it. */
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
    /** For people: control characters and bytes that are no text are escaped. */
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

/** By path. `changes` is the number of all that the query means, told with the first page only. */
export const HeldChanges = named(
  'HeldChanges',
  z.object({ folder: FolderName, held: z.array(HeldChange), changes: Count.nullable(), next: Next }),
);
export type HeldChanges = z.infer<typeof HeldChanges>;

/** Either all of the folder, or these paths, each with everything below it. */
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
    /** Held in the folder now. */
    left: Count,
    /** More than a request may take time for: the site goes on by itself, and `left` falls. */
    goesOn: z.boolean(),
    /** What could not be decided and stays held, and why; the first of them. */
    refused: z.array(z.object({ path: Path, reason: z.string() })),
  }),
);
export type HeldOutcome = z.infer<typeof HeldOutcome>;
