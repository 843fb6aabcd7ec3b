import { siteDir } from '../../../../src/base/site-dir.ts';
import { createKiller, killingDatabase, killingDisk } from './kill-at.ts';
import { runSite } from './run-site.ts';

const [root, count] = process.argv.slice(2);
const step = createKiller(Number(count));
process.umask(0);
await runSite(siteDir(root!), { disk: killingDisk(step), database: (pool) => killingDatabase(pool, step) });
process.exit(0);
