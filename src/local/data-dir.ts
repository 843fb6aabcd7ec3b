import { join, resolve } from 'node:path';
import { siteDir } from '../base/site-dir.ts';

/** Where the local runner keeps everything of one network: the directory given by `--data`. */
export function dataDir(root: string) {
  const dir = resolve(root);
  return {
    root: dir,
    /** {@link Network}: whose data this is. */
    network: join(dir, 'network.json'),
    /** The port ledger: a site keeps its ports forever. */
    ports: join(dir, 'ports.json'),
    /** If it holds a site that joined with a bundle: {@link Joined}, and the newest bundle. Both are secret. */
    joined: join(dir, 'joined.json'),
    bundle: join(dir, 'newest.bundle'),
    /** Where the next bundle arrives from the hub. */
    incoming: join(dir, 'incoming'),
    /** {@link Owner}: the supervisor of this data folder. */
    owner: join(dir, 'supervisor.json'),
    /** The log of a detached supervisor and of the links, as JSON lines. */
    log: join(dir, 'supervisor.log'),
    ca: join(dir, 'ca'),
    site: (name: string) => siteDir(join(dir, 'sites', name)),
  };
}

export type DataDir = ReturnType<typeof dataDir>;
