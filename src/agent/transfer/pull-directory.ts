import { join } from 'node:path';
import type { BytePath } from '../../base/bytes.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';

/** Directory for one pull; the same name finds what an earlier try left. */
export function pullDirectory({ disk, partial, partialFd }: OpenFolder, name: string) {
  const path = join(partial, name);
  disk.makeDirectories(path, 0o700);
  return {
    path,
    directory: { fd: partialFd, name } satisfies At,
    /** What was fetched of a path. */
    at: (below: BytePath): At => ({ fd: partialFd, name: `${name}/${below}` }),
    remove: () => disk.removeAll({ fd: partialFd, name }),
  };
}
