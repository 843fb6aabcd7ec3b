import { z } from 'zod';
import { Entry } from './browse.ts';
import { FolderName, named, SiteName, Time } from './common.ts';

export const SearchQuery = z.object({
  /** Parts of names, separated by spaces: all must occur. Upper and lower case of a to z are the same. */
  q: z.string().max(200).default(''),
  folder: FolderName.optional(),
  extension: z.string().max(20).optional(),
  minSize: z.coerce.number().int().min(0).optional(),
  maxSize: z.coerce.number().int().min(0).optional(),
  after: Time.optional().describe('modified after'),
  before: Time.optional().describe('modified before'),
  /** Made there. */
  origin: SiteName.optional(),
  /** Not there yet. */
  missingAt: SiteName.optional(),
  deleted: z.enum(['no', 'yes', 'only']).default('no'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const Found = named(
  'Found',
  z.object({
    entries: z.array(z.object({ folder: FolderName, entry: Entry })),
    /** There are more than were asked for. */
    more: z.boolean(),
    /** False: the names are still being read, or the search was cut short; ask again. */
    complete: z.boolean(),
  }),
);
export type Found = z.infer<typeof Found>;
