import { join, resolve } from 'node:path';
import { siteDir } from '../base/site-dir.ts';

/** Where the local runner keeps everything of one network: the folder given by `--data`. */
export function dataDir(root: string) {
  const dir = resolve(root);
  return {
    root: dir,
    /** {@link Network}: whose data this is. */
    network: join(dir, 'network.json'),
    /** The ledger of ports: a site keeps its ports for good. */
    ports: join(dir, 'ports.json'),
    /** Where it holds a site that joined with a bundle: {@link Joined}, and the newest bundle. Both are secret. */
    joined: join(dir, 'joined.json'),
    bundle: join(dir, 'newest.bundle'),
    /** Where the next one arrives from the hub. */
    incoming: join(dir, 'incoming'),
    /** {@link Owner}: the supervisor that runs this folder. */
    owner: join(dir, 'supervisor.json'),
    /** What a detached supervisor and the links say, as JSON lines. */
    log: join(dir, 'supervisor.log'),
    ca: join(dir, 'ca'),
    site: (name: string) => siteDir(join(dir, 'sites', name)),
  };
}

export type DataDir = ReturnType<typeof dataDir>;
