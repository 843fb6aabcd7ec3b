import { z } from 'zod';
import { Count, FolderName, Mark, named, Path, SiteName, VersionName } from './common.ts';

/**
 * Data of the events of GET /api/v1/events. `changed`: entries of these directories are others now; null = any of the
 * folder's. `standing`: offices got or wait for something: what is in transfer now, and that marks may differ.
 * `network`: the network view differs. `held`: what is held at this site differs: ask for it again.
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
