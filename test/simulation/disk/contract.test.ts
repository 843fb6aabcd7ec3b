import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { At } from '../../../src/agent/fs/at.ts';
import type { Disk } from '../../../src/agent/fs/disk.ts';
import type { Event, Inotify } from '../../../src/agent/fs/inotify.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { MemoryDisk } from './memory-disk.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-contract-'));
const before = process.umask(0);
beforeAll(() => void process.umask(0));
afterAll(() => {
  process.umask(before);
  rmSync(temp, { recursive: true });
});

const path = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'missing/a');
const operation = fc.oneof(
  fc.record({ do: fc.constant('write' as const), at: path, bytes: fc.nat(2000) }),
  fc.record({ do: fc.constant('makeDirectory' as const), at: path }),
  // Not where another path leads through it: SiteSync never follows one.
  fc.record({ do: fc.constant('makeSymlink' as const), at: fc.constantFrom('a', 'b', 'd/a', 'd/b') }),
  fc.record({ do: fc.constantFrom('moveNew' as const, 'replace' as const, 'exchange' as const), at: path, to: path }),
  fc.record({ do: fc.constantFrom('remove' as const, 'removeDirectory' as const, 'removeAll' as const), at: path }),
  fc.record({ do: fc.constant('setMode' as const), at: path, mode: fc.constantFrom(0o600, 0o644, 0o755) }),
  fc.record({ do: fc.constant('setMtime' as const), at: path, mtimeNs: fc.bigInt(-(2n ** 40n), 2n ** 60n) }),
  fc.record({ do: fc.constantFrom('openDirectory' as const, 'openFile' as const, 'readLink' as const), at: path }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** A symlink on the way leads elsewhere: SiteSync never follows one, and the disk in memory does not. */
const leadsThroughLink = ({ disk, fd }: { disk: Disk; fd: number }, step: Operation) =>
  [step.at, 'to' in step ? step.to : ''].some((name) => {
    const top = name.startsWith('d/') ? disk.look({ fd, name: 'd' }) : undefined;
    if (!top?.isDirectory() || !name.startsWith('d/e/')) return top?.isSymbolicLink() === true;
    return disk.look({ fd, name: 'd/e' })?.isSymbolicLink() === true;
  });

/** What the operation says: its result, or its error's code. */
function run(disk: Disk, fd: number, step: Operation): unknown {
  const at = (name: string): At => ({ fd, name });
  try {
    switch (step.do) {
      case 'write':
        return disk.write(at(step.at), Buffer.alloc(step.bytes, 'x'), 0o644);
      case 'makeDirectory':
        return disk.makeDirectory(at(step.at), 0o755);
      case 'makeSymlink':
        return disk.makeSymlink(at(step.at), 'nowhere');
      case 'moveNew':
      case 'replace':
      case 'exchange':
        return disk[step.do](at(step.at), at(step.to));
      case 'setMode':
        // Of a symlink it would be its target's.
        return disk.look(at(step.at))?.isSymbolicLink() ? 'a symlink' : disk.setMode(at(step.at), step.mode);
      case 'setMtime':
        return disk.setMtime(at(step.at), step.mtimeNs);
      case 'openDirectory':
      case 'openFile':
        return disk.close(disk[step.do](at(step.at)));
      default:
        return disk[step.do](at(step.at));
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

/** Every entry as SiteSync sees it; times where they were set. */
function treeOf(disk: Disk, fd: number, dir = ''): string[] {
  const own = dir === '' ? disk.reopen(fd) : disk.openDirectory({ fd, name: dir });
  const names = [...disk.names(own)].flat().sort();
  disk.close(own);
  return names.flatMap((name) => {
    const at = { fd, name: dir === '' ? name : `${dir}/${name}` };
    const stats = disk.look(at)!;
    const mode = stats.isSymbolicLink() ? '' : (stats.mode & 0o7777n).toString(8);
    const size = stats.isDirectory() ? 'directory' : `${stats.size} ${stats.nlink}`;
    return [`${at.name} ${mode} ${size}`, ...(stats.isDirectory() ? treeOf(disk, fd, at.name) : [])];
  });
}

/** Names of which something was announced, and new directories. How often does not matter. */
function said(inotify: Inotify): string[] {
  const events = inotify.read().flatMap((event: Event) => (event.is === 'changed' ? [event] : []));
  const names = events.map(({ name }) => name);
  const made = events.filter(({ newDirectory }) => newDirectory).map(({ name }) => `new ${name}`);
  return [...new Set([...names, ...made])].sort();
}

it('the disk in memory answers, looks and announces as the real one', () => {
  let runs = 0;
  // One for all runs: the kernel gives few.
  const watchers = [realDisk, new MemoryDisk({ now: Date.now, after: () => () => undefined })].map((disk) => ({
    disk,
    inotify: disk.watch(),
  }));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (steps) => {
      const root = join(temp, `run${runs++}`);
      const disks = watchers.map(({ disk, inotify }) => {
        disk.makeDirectories(root, 0o755);
        const fd = disk.openRoot(root);
        inotify.add(fd);
        return { disk, fd, inotify };
      });
      try {
        for (const step of steps) {
          if (leadsThroughLink(disks[0]!, step)) continue;
          const [real, memory] = disks.map(({ disk, fd, inotify }) => ({
            said: run(disk, fd, step),
            tree: treeOf(disk, fd),
            events: said(inotify),
          }));
          expect({ step, ...memory }).toEqual({ step, ...real });
        }
      } finally {
        for (const { disk, fd } of disks) disk.close(fd);
      }
    }),
    { numRuns: 150, seed: 1 },
  );
  for (const { inotify } of watchers) inotify.close();
});
