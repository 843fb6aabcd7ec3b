import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange } from '../../../src/agent/fs/native.ts';
import { fsPath } from '../../../src/base/bytes.ts';
import { until } from '../../support/until.ts';
import { startDetector, tempTree } from './rig.ts';

let tree: ReturnType<typeof tempTree>;
let rig: ReturnType<typeof startDetector>;
const at = (path: string) => join(tree.root, path);
const put = (path: string, text = 'x') => writeFileSync(at(path), text);
const open = async (options?: Parameters<typeof startDetector>[1]) => {
  rig = startDetector(tree.root, options);
  await rig.detector.settled();
};

beforeEach(() => {
  tree = tempTree();
});
afterEach(async () => {
  await rig?.stop();
  tree.remove();
});

describe('hints', () => {
  it('find what is created, changed, renamed and removed, also in new directories', async () => {
    await open();
    mkdirSync(at('a/b/c'), { recursive: true });
    put('a/b/c/f');
    await until(() => rig.facts.has('a/b/c/f'));
    put('a/b/c/f', 'longer');
    await until(() => rig.facts.get('a/b/c/f')?.size === 6);
    renameSync(at('a'), at('z'));
    await until(() => rig.facts.has('z/b/c/f') && rig.gone.has('a'));
    put('z/b/c/g');
    await until(() => rig.facts.has('z/b/c/g'));
    rmSync(at('z/b/c/g'));
    await until(() => rig.gone.has('z/b/c/g'));
    expect(rig.detector.state()).toMatchObject({ watching: 'ok', watchedDirectories: 4, problems: [] });
  });

  it('find a burst of 20,000 files without waiting for its end, and report one batch at a time', async () => {
    await open();
    for (let i = 0; i < 20_000; i++) {
      if (i % 200 === 0) mkdirSync(at(`d${i / 200}`));
      put(`d${Math.floor(i / 200)}/f${i % 200}`);
      // Lets the batches of earlier files arrive in the meantime.
      if (i % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(rig.facts.size).toBeGreaterThan(1000);
    await rig.detector.settled();
    expect([...rig.facts.values()].filter((fact) => fact.kind === 'file')).toHaveLength(20_000);
    expect(rig.atOnce).toBe(1);
  });

  it('of a directory that became a symlink do not lead outside of the tree', async () => {
    mkdirSync(at('a'));
    put('a/inside');
    await open();
    renameSync(at('a'), join(tree.outside, 'a'));
    symlinkSync(join(tree.outside, 'a'), at('a'));
    writeFileSync(join(tree.outside, 'a', 'secret'), 's');
    await rig.detector.settled();
    expect(rig.facts.get('a')?.kind).toBe('symlink');
    expect([...rig.facts.keys()]).not.toContain('a/secret');
    expect(await rig.detector.settle('projects', ['a/secret'], 100)).toEqual([{ path: 'a/secret', state: 'gone' }]);
  });

  it('carry names of any bytes', async () => {
    await open();
    const names = ['\xff\xfe', 'a\nb', '-rf', 'n'.repeat(255), '\xf0\x9f\x98\x80', ' ', '\x7f\x01'];
    for (const name of names) writeFileSync(fsPath(`${tree.root}/${name}`), 'x');
    await until(() => names.every((name) => rig.facts.has(name)));
    const settled = await rig.detector.settle('projects', names, 100);
    expect(settled.every((one) => 'settled' in one && one.settled.content?.length === 1)).toBe(true);
  });
});

describe('a pass', () => {
  it('reports everything first, then only the directories that changed', async () => {
    for (const dir of ['a', 'b']) {
      mkdirSync(at(dir));
      put(`${dir}/f`);
    }
    await until(() => Date.now() - statSync(at('b/f')).ctimeMs > 150);
    await open();
    expect(new Set(rig.reports.map((report) => report.path))).toEqual(new Set(['', 'a', 'b']));
    rig.reports.length = 0;
    await rig.detector.requestPass('projects');
    expect(rig.reports).toEqual([]);
    // The same size and the same mtime: the ctime differs.
    const { atime, mtime } = statSync(at('a/f'));
    put('a/f', 'y');
    utimesSync(at('a/f'), atime, mtime);
    await until(() => Date.now() - statSync(at('a/f')).ctimeMs > 150);
    await rig.detector.requestPass('projects');
    expect(rig.reports.map((report) => report.path)).toEqual(['a']);
    expect(rig.detector.state()).toMatchObject({ files: 2, busy: false });
  });

  it('finds, together with hints, what is created while it runs', async () => {
    for (let d = 0; d < 100; d++) {
      mkdirSync(at(`d${d}`));
      for (let f = 0; f < 50; f++) put(`d${d}/f${f}`);
    }
    await open();
    const pass = rig.detector.requestPass('projects');
    for (let i = 0; i < 50; i++) {
      put(`d${i * 2}/new`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await pass;
    await until(() => [...rig.facts.keys()].filter((path) => path.endsWith('/new')).length === 50);
  });

  it('that fails reports nothing but the failure; the state of its folder stays unknown', async () => {
    put('f');
    rig = startDetector(tree.root);
    rig.check = () => {
      if (!existsSync(at('.sitesync/marker'))) throw new Error('the marker is gone');
    };
    await rig.detector.settled();
    rig.reports.length = 0;
    rmSync(at('.sitesync'), { recursive: true });
    rmSync(at('f'));
    await rig.detector.requestPass('projects');
    expect(rig.reports).toEqual([]);
    expect(rig.detector.state()).toMatchObject({
      busy: true,
      problems: [{ code: 'scanFailed', params: { folder: 'projects', why: 'the marker is gone' } }],
    });
    mkdirSync(at('.sitesync'));
    put('.sitesync/marker');
    await rig.detector.settled();
    expect(rig.detector.state()).toMatchObject({ busy: false, problems: [] });
  });

  it('over a missing root fails, and finds nothing deleted', async () => {
    put('f');
    await open();
    renameSync(tree.root, `${tree.root}-away`);
    rig.detector.look('projects', ['f']);
    await rig.detector.settled();
    expect(rig.gone).toEqual(new Set());
    expect(JSON.stringify(rig.detector.state().problems)).toContain('ENOENT');
    renameSync(`${tree.root}-away`, tree.root);
  });

  it('runs periodically, and again soon when its findings could not be processed', async () => {
    await open({ periodMs: 200 });
    const first = rig.detector.state().lastPassAt;
    await until(() => rig.detector.state().lastPassAt !== first);
    rig.fail = new Error('the database is away');
    put('f');
    await until(() => rig.troubles.length > 0);
    expect(rig.detector.state().busy).toBe(true);
    rig.fail = undefined;
    await until(() => rig.facts.has('f'), 5000);
    await until(() => !rig.detector.state().busy);
  });

  it('skips our own files and ignored ones', async () => {
    mkdirSync(at('build/x'), { recursive: true });
    mkdirSync(at('sub/.sitesync'), { recursive: true });
    for (const path of ['~$doc', 'a.tmp', 'build/x/f', 'kept', 'sub/.sitesync/f']) put(path);
    await open({ ignore: ['~$*', '*.tmp', 'build'] });
    put('b.tmp');
    put('build/x/g');
    put('last');
    await until(() => rig.facts.has('last'));
    await rig.detector.settled();
    expect([...rig.facts.keys()].sort()).toEqual(['kept', 'last', 'sub', 'sub/.sitesync', 'sub/.sitesync/f']);
    rig.detector.open('projects', tree.root, [], 'disk');
    await rig.detector.settled();
    expect(rig.facts.has('b.tmp')).toBe(true);
  });

  it('handles a large flat directory in parts', async () => {
    mkdirSync(at('flat'));
    for (let i = 0; i < 5000; i++) put(`flat/${i}`, '');
    await until(() => Date.now() - statSync(at('flat/4999')).ctimeMs > 150);
    await open();
    const parts = rig.reports.filter((report) => report.path === 'flat');
    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((part) => part.facts.length))).toBeLessThanOrEqual(2000);
    expect(parts.map((part) => part.first)).toEqual(parts.map((_part, i) => i === 0));
    expect(parts.filter((part) => part.complete).map((part) => part.digest?.length)).toEqual([16]);
    expect(rig.facts.size).toBe(5001);
    expect(readdirSync(at('flat'))).toHaveLength(5000);
  });
});

describe('a directory that was replaced by another', () => {
  it('under the same name is reported with its inode, and scanned', async () => {
    mkdirSync(at('d/sub'), { recursive: true });
    put('d/kept');
    put('d/sub/deep');
    await open();
    const before = rig.facts.get('d')?.ino;
    renameSync(at('d'), at('old'));
    mkdirSync(at('d'));
    put('d/new');
    await until(() => rig.facts.get('d')?.ino !== before && rig.facts.has('d/new') && rig.facts.has('old/sub/deep'));
    expect(rig.facts.get('old')?.ino).toBe(before);
    put('d/later');
    put('old/sub/later');
    await until(() => rig.facts.has('d/later') && rig.facts.has('old/sub/later'));
  });

  it('by an exchange with another one: both are scanned', async () => {
    for (const dir of ['x', 'y']) {
      mkdirSync(at(dir));
      put(`${dir}/of-${dir}`);
    }
    await open();
    const [x, y] = [rig.facts.get('x')?.ino, rig.facts.get('y')?.ino];
    const fd = openSync(tree.root, 'r');
    exchange({ fd, name: 'x' }, { fd, name: 'y' });
    closeSync(fd);
    await until(() => rig.facts.get('x')?.ino === y && rig.facts.get('y')?.ino === x);
    await until(() => rig.facts.has('x/of-y') && rig.facts.has('y/of-x'));
    put('x/after');
    await until(() => rig.facts.has('x/after'));
  });
});

describe('a file with several names', () => {
  const sizes = (...paths: string[]) => paths.map((path) => rig.facts.get(path)?.size);
  /** Nothing else causes another look at it. */
  const written = (path: string, text: string) => writeFileSync(path, text, { flag: 'r+' });

  it('is reported under all names in the tree, whichever it is written through', async () => {
    mkdirSync(at('a'));
    put('a/one', 'first');
    linkSync(at('a/one'), at('two'));
    await open();
    written(at('a/one'), 'longer than first');
    await until(() => sizes('a/one', 'two').every((size) => size === 17));
    written(at('two'), 'and once more, longer');
    await until(() => sizes('a/one', 'two').every((size) => size === 21));
  });

  it('with one name in the tree is reported when written through another, outside of it or ignored', async () => {
    put('in', 'first');
    put('in2', 'first');
    linkSync(at('in'), join(tree.outside, 'out'));
    linkSync(at('in2'), at('x.tmp'));
    await open({ ignore: ['*.tmp'] });
    written(join(tree.outside, 'out'), 'longer than first');
    written(at('x.tmp'), 'longer than first');
    await until(() => sizes('in', 'in2').every((size) => size === 17));
  });

  it('that was linked while being watched is reported under both names', async () => {
    put('one', 'first');
    await open();
    linkSync(at('one'), at('two'));
    await until(() => rig.facts.has('two'));
    await rig.detector.settled();
    written(at('two'), 'longer than first');
    await until(() => sizes('one', 'two').every((size) => size === 17));
  });
});

describe('an announced change', () => {
  it('is known to be pending at once', async () => {
    await open();
    await rig.detector.refresh();
    expect(rig.detector.views().get('projects')).toMatchObject({ current: true, passed: true, waiting: { count: 0 } });
    put('f');
    await rig.detector.refresh();
    expect(rig.detector.views().get('projects')?.waiting).toEqual({ count: 1, first: ['f'] });
    await until(() => rig.facts.has('f'));
  });

  it('no longer counts when the root is another directory: a pass is owed', async () => {
    put('f');
    await open();
    renameSync(tree.root, `${tree.root}-away`);
    mkdirSync(tree.root);
    rig.check = () => {
      throw new Error('the marker is gone');
    };
    await rig.detector.refresh();
    await until(() => rig.detector.views().get('projects')?.error?.code === 'scanFailed');
    expect(rig.gone).toEqual(new Set());
    rmSync(tree.root, { recursive: true });
    renameSync(`${tree.root}-away`, tree.root);
  });

  it('under other rules is not known before a pass under those rules', async () => {
    put('a.bak');
    await open();
    rig.detector.open('projects', tree.root, ['*.bak'], 'disk');
    expect(rig.detector.views().get('projects')).toMatchObject({ passed: false });
    await rig.detector.settled();
    rig.facts.clear();
    put('b.bak');
    put('ok');
    await until(() => rig.facts.has('ok'));
    expect([...rig.facts.keys()]).toEqual(['ok']);
    rmSync(at('a.bak'));
    rig.reports.length = 0;
    rig.detector.open('projects', tree.root, [], 'disk');
    await rig.detector.settled();
    expect(rig.reports.map(({ path }) => path)).toContain('');
    expect(rig.facts.has('b.bak')).toBe(true);
  });
});

it('returns its inotify instance when it stops', async () => {
  const instances = () => readdirSync('/proc/self/fd').filter(isInotify).length;
  const before = instances();
  await open();
  expect(instances()).toBe(before + 1);
  await rig.stop();
  expect(instances()).toBe(before);
});

function isInotify(fd: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify';
  } catch {
    return false;
  }
}
