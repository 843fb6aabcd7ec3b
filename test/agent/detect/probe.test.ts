import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { FromWorker, ToWorker } from '../../../src/agent/detect/protocol.ts';
import { createScouts } from '../../../src/agent/detect/scouts.ts';
import { startThread } from '../../../src/agent/detect/thread.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { realClock } from '../../../src/base/clock.ts';

it('a probe looks at the roots of the folders, and at nothing that the kernel has announced', () => {
  const root = mkdtempSync(join(tmpdir(), 'sitesync-probe-'));
  let reads = 0;
  const disk = new Proxy(realDisk, {
    get(real, name: keyof typeof realDisk) {
      if (name !== 'watch') return real[name];
      return () => {
        const inotify = real.watch();
        return { ...inotify, read: () => (reads++, inotify.read()) };
      };
    },
  });
  const told: FromWorker[] = [];
  const scouts = createScouts({ disk, clock: realClock, tell: (message) => told.push(message) });
  try {
    scouts({ ask: 'open', folder: 'projects', root, ignore: [] });
    told.length = 0;
    scouts({ ask: 'probe', id: 7 });
    expect(told).toEqual([{ tell: 'here', id: 7 }]);
    expect(reads).toBe(0);
  } finally {
    scouts({ ask: 'close', folder: 'projects' });
    rmSync(root, { recursive: true });
  }
});

it('is answered while polls are not: a thread that is busy with what was announced has not stopped', async () => {
  const posted: ToWorker[] = [];
  const thread = startThread(
    { message: () => undefined, stalled: () => undefined },
    (tell) => ({
      post(message) {
        posted.push(message);
        if (message.ask === 'probe') tell({ tell: 'here', id: message.id });
      },
      end: () => Promise.resolve(),
    }),
    realClock,
  );
  await thread.probe();
  expect(posted.map(({ ask }) => ask)).toEqual(['poll', 'probe']);
  await thread.stop();
});
