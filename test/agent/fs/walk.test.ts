import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDigests } from '../../../src/agent/fs/digests.ts';
import { createIgnore } from '../../../src/agent/fs/ignore.ts';
import { factOf } from '../../../src/agent/fs/lstat.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { walk } from '../../../src/agent/fs/walk.ts';
import { realClock } from '../../../src/base/clock.ts';
import { until } from '../../support/until.ts';
import { tempTree } from '../detect/rig.ts';

const SCAN = fileURLToPath(new URL('./scan.ts', import.meta.url));
const NOBODY = 65534;

let tree: ReturnType<typeof tempTree>;
const at = (path: string) => join(tree.root, path);
beforeEach(() => {
  tree = tempTree();
});
afterEach(() => tree.remove());

interface Scan {
  result: { files: number; skipped: number; unreadable: { count: number; first: string[] } };
  watch: { watched: number; degraded?: { code: string } };
  reports: { path: string; names: string[]; complete: boolean; hasDigest: boolean }[];
}

const scan = (command: string, argv: string[], options = {}): Scan =>
  JSON.parse(execFileSync(command, argv, { encoding: 'utf8', ...options }));

const still = (path: string) => until(() => Date.now() - statSync(at(path)).ctimeMs > 150);

describe('unreadable entries', () => {
  it('are reported and never look deleted', async () => {
    for (const dir of ['closed', 'listed', 'fine']) {
      mkdirSync(at(dir));
      writeFileSync(at(`${dir}/f`), 'x');
    }
    chmodSync(at('closed'), 0);
    chmodSync(at('listed'), 0o444);
    const asRoot = process.getuid?.() === 0;
    // Root may read everything, so use another user.
    if (asRoot) for (const path of [dirname(tree.root), at('closed'), at('listed')]) chownSync(path, NOBODY, NOBODY);
    await still('listed/f');
    const { result, reports } = scan(process.execPath, [SCAN, tree.root], asRoot ? { uid: NOBODY, gid: NOBODY } : {});
    chmodSync(at('closed'), 0o755);
    chmodSync(at('listed'), 0o755);
    expect(result.unreadable.count).toBe(2);
    expect(result.unreadable.first).toEqual(
      expect.arrayContaining([
        { code: 'noPermission', params: { path: 'closed' } },
        { code: 'noPermission', params: { path: 'listed/f' } },
      ]),
    );
    const by = new Map(reports.map((report) => [report.path, report]));
    expect(by.get('')).toMatchObject({ complete: true });
    expect(by.get('')?.names.sort()).toEqual(['closed', 'fine', 'listed']);
    expect(by.has('closed')).toBe(false);
    expect(by.get('listed')).toMatchObject({ complete: false, hasDigest: false });
    expect(by.get('fine')).toMatchObject({ names: ['fine/f'], complete: true, hasDigest: true });
  });

  it('another filesystem is reported and not entered', async ({ skip }) => {
    mkdirSync(at('disk'));
    if (spawnSync('mount', ['-t', 'tmpfs', 'none', at('disk')]).status !== 0) return skip('may not mount');
    try {
      writeFileSync(at('disk/f'), 'x');
      const { result, reports } = scan(process.execPath, [SCAN, tree.root]);
      expect(result.unreadable.first).toEqual([{ code: 'mountedInside', params: { path: 'disk' } }]);
      expect(reports.map((report) => report.path)).toEqual(['']);
    } finally {
      execFileSync('umount', [at('disk')]);
    }
  });

  it('watches refused by the kernel leave a degraded state with a remedy', ({ skip }) => {
    for (const dir of ['a', 'b', 'c', 'd']) mkdirSync(at(dir));
    const limited = 'echo 3 >/proc/sys/user/max_inotify_watches && exec "$@"';
    const argv = ['-Ur', 'sh', '-c', limited, 'sh', process.execPath, SCAN, tree.root];
    if (spawnSync('unshare', argv).status !== 0) return skip('no user namespaces here');
    const { watch, reports } = scan('unshare', argv);
    expect(watch.watched).toBe(3);
    expect(watch.degraded?.code).toBe('tooFewWatches');
    expect(reports).toHaveLength(5);
  });

  it('sockets are counted and skipped', async () => {
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(at('socket'), resolve));
    const { result, reports } = scan(process.execPath, [SCAN, tree.root]);
    await new Promise((resolve) => socket.close(resolve));
    expect(result).toMatchObject({ files: 0, skipped: 1 });
    expect(reports[0]?.names).toEqual([]);
  });
});

describe('containment', () => {
  it('a directory that is replaced by a symlink during the walk does not lead outside', async () => {
    mkdirSync(at('a/b'), { recursive: true });
    mkdirSync(join(tree.outside, 'b'));
    writeFileSync(join(tree.outside, 'b', 'secret'), 's');
    const seen: string[] = [];
    await walk({
      folder: 'projects',
      root: tree.root,
      disk: realDisk,
      clock: realClock,
      ignore: createIgnore([]),
      patterns: [],
      digests: createDigests(),
      enter: () => undefined,
      linked: () => undefined,
      stir: (path) => void seen.push(path),
      async report({ path, facts }) {
        seen.push(path, ...facts.map((fact) => fact.path));
        if (path !== '') return;
        renameSync(at('a'), at('was-a'));
        symlinkSync(tree.outside, at('a'));
      },
      signal: new AbortController().signal,
    });
    expect(seen).toContain('a');
    expect(seen.filter((path) => path.startsWith('a/'))).toEqual([]);
  });

  it('no path is read through a symlink', () => {
    writeFileSync(join(tree.outside, 'secret'), 's');
    symlinkSync(tree.outside, at('link'));
    expect(factOf({ root: tree.root, disk: realDisk }, 'link')?.kind).toBe('symlink');
    expect(factOf({ root: tree.root, disk: realDisk }, 'link/secret')).toBeUndefined();
    expect(factOf({ root: tree.root, disk: realDisk }, 'n'.repeat(300))).toBeUndefined();
  });

  it('facts equal lstat to the nanosecond, also before 1970', () => {
    execFileSync('touch', ['-d', '1955-11-05 06:15:00.123456789 UTC', at('old')]);
    const fact = factOf({ root: tree.root, disk: realDisk }, 'old')!;
    const stats = statSync(at('old'), { bigint: true });
    const { mtimeNs, ctimeNs, ino } = stats;
    expect(fact).toEqual({
      path: 'old',
      kind: 'file',
      size: 0,
      mtimeNs,
      ctimeNs,
      ino,
      mode: Number(stats.mode & 0o7777n),
    });
    expect(mtimeNs).toBeLessThan(0n);
  });
});
