import { z } from 'zod';
import { Entry } from './browse.ts';
import { FolderName, named, SiteName, Time } from './common.ts';

export const SearchQuery = z.object({
  /** Parts of names, separated by spaces; all must occur. Case of a to z is ignored. */
  q: z.string().max(200).default(''),
  folder: FolderName.optional(),
  extension: z.string().max(20).optional(),
  minSize: z.coerce.number().int().min(0).optional(),
  maxSize: z.coerce.number().int().min(0).optional(),
  after: Time.optional().describe('modified after'),
  before: Time.optional().describe('modified before'),
  /** Made at this office. */
  origin: SiteName.optional(),
  /** Missing at this office. */
  missingAt: SiteName.optional(),
  deleted: z.enum(['no', 'yes', 'only']).default('no'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const SearchResults = named(
  'Found',
  z.object({
    entries: z.array(z.object({ folder: FolderName, entry: Entry })),
    /** There are more results than requested. */
    more: z.boolean(),
    /** False: the names are still being read, or the search was cut short; ask again. */
    complete: z.boolean(),
  }),
);
export type SearchResults = z.infer<typeof SearchResults>;
