import { z } from 'zod';
import { Count, FolderName, Mark, named, Path, SiteName, VersionName } from './common.ts';

/**
 * Data of the events of GET /api/v1/events. `changed`: entries of these directories have changed; null = any in the folder.
 * `standing`: transfers in progress, and that marks may have changed. `network`: the network view has changed. `held`: the
 * held changes of this site have changed: fetch them again.
 */
export const Event = named(
  'Event',
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('changed'), folder: FolderName, directories: z.array(Path).nullable() }),
    z.object({
      type: z.literal('standing'),
      transfers: z.array(
        z.object({ folder: FolderName, path: Path, version: VersionName, mark: Mark, rate: Count, source: SiteName }),
      ),
    }),
    z.object({ type: z.literal('network') }),
    z.object({ type: z.literal('held') }),
  ]),
);
export type Event = z.infer<typeof Event>;
