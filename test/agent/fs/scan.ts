import { createWatcher } from '../../../src/agent/detect/watch.ts';
import { createDigests } from '../../../src/agent/fs/digests.ts';
import type { DirectoryReport } from '../../../src/agent/fs/facts.ts';
import { createIgnore } from '../../../src/agent/fs/ignore.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { walk } from '../../../src/agent/fs/walk.ts';
import { realClock } from '../../../src/base/clock.ts';

/**
 * One pass over a tree in a process of its own, so that it can run as another user or in another namespace: `node scan.ts
 * ROOT`. Prints its findings and the state of the watches as JSON.
 */
const root = process.argv[2]!;
const reports: DirectoryReport[] = [];
const watcher = createWatcher({ changed: () => undefined, overflow: () => undefined }, realDisk, realClock);
const result = await walk({
  folder: 'projects',
  root,
  disk: realDisk,
  clock: realClock,
  ignore: createIgnore([]),
  patterns: [],
  digests: createDigests(),
  enter: watcher.add,
  linked: () => undefined,
  stir: () => undefined,
  report: async (report) => void reports.push(report),
  signal: new AbortController().signal,
});
console.log(
  JSON.stringify({
    result,
    watch: watcher.state(),
    reports: reports.map(({ path, facts, complete, digest }) => ({
      path,
      names: facts.map((fact) => fact.path),
      complete,
      hasDigest: digest !== undefined,
    })),
  }),
);
watcher.close();
