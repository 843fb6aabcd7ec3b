import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readIfThere } from '../../src/base/files.ts';
import { watchFiles } from '../../src/base/watch-files.ts';
import { until } from '../support/until.ts';

let temp: string;
let ending: AbortController;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'sitesync-watch-'));
  ending = new AbortController();
});
afterEach(() => {
  ending.abort();
  rmSync(temp, { recursive: true });
});

/** What the last look at this file found. */
function follow(folder: string, name = 'plan.json'): () => string | undefined {
  let found: string | undefined;
  const look = () => {
    found = readIfThere(join(folder, name));
  };
  watchFiles([folder], look, ending.signal);
  return () => found;
}

test('a file that is absent at first, then written, replaced by rename, and removed', async () => {
  const found = follow(temp);
  expect(found()).toBeUndefined();
  writeFileSync(join(temp, 'plan.json'), 'one');
  await until(() => found() === 'one');
  writeFileSync(join(temp, '.new'), 'two');
  renameSync(join(temp, '.new'), join(temp, 'plan.json'));
  await until(() => found() === 'two');
  // In place, as an editor may do it.
  writeFileSync(join(temp, 'plan.json'), 'three');
  await until(() => found() === 'three');
  rmSync(join(temp, 'plan.json'));
  await until(() => found() === undefined);
});

test('a mounted Secret, whose "..data" link is swapped repeatedly as the kubelet does it', async () => {
  const mount = join(temp, 'mount');
  mkdirSync(mount);
  let version = 0;
  function swap(text: string): void {
    const [before, after] = [`..${version}`, `..${++version}`];
    mkdirSync(join(mount, after));
    writeFileSync(join(mount, after, 'tls.crt'), text);
    symlinkSync(after, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    rmSync(join(mount, before), { recursive: true, force: true });
  }
  swap('first');
  symlinkSync('..data/tls.crt', join(mount, 'tls.crt'));
  const found = follow(mount, 'tls.crt');
  expect(found()).toBe('first');
  for (const text of ['second', 'third', 'fourth']) {
    swap(text);
    await until(() => found() === text);
  }
});

test('a directory that appears later, disappears and reappears', async () => {
  const folder = join(temp, 'secrets', 'page-tls');
  const found = follow(folder);
  for (const text of ['one', 'two']) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plan.json'), text);
    await until(() => found() === text);
    writeFileSync(join(folder, 'plan.json'), `${text} again`);
    await until(() => found() === `${text} again`);
    rmSync(join(temp, 'secrets'), { recursive: true });
    await until(() => found() === undefined);
  }
});

test('a look that throws is retried until it succeeds; never concurrently; not after the end', async () => {
  let [looks, running, most] = [0, 0, 0];
  const look = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    if (++looks < 3) throw new Error('the disk is away');
  };
  watchFiles([temp], look, ending.signal);
  await until(() => looks >= 3);
  for (let i = 0; i < 50; i++) writeFileSync(join(temp, `${i}`), '');
  await until(() => looks > 3);
  expect(most).toBe(1);
  ending.abort();
  await until(() => running === 0);
  const before = looks;
  const other = new AbortController();
  let seen = false;
  watchFiles([temp], () => (seen = readIfThere(join(temp, 'last')) !== undefined), other.signal);
  writeFileSync(join(temp, 'last'), '');
  await until(() => seen);
  other.abort();
  expect(looks).toBe(before);
});

test('where the kernel cannot watch, files are polled', async ({ skip }) => {
  const refuse = 'echo 0 > /proc/sys/user/max_inotify_instances';
  if (spawnSync('unshare', ['-Ur', 'sh', '-c', refuse]).status !== 0) return skip('no user namespaces here');
  const program = `
    import { readIfThere } from './src/base/files.ts';
    import { watchFiles } from './src/base/watch-files.ts';
    const folder = process.argv[1];
    watchFiles([folder], () => console.log(readIfThere(folder + '/plan.json') ?? 'nothing'), new AbortController().signal);
  `;
  const node = [process.execPath, '--input-type=module', '-e', program, temp];
  const child = spawn('unshare', ['-Ur', 'sh', '-c', `${refuse} && exec "$0" "$@"`, ...node], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  try {
    await until(() => lines.length > 0, 15_000, 'the first look');
    for (const text of ['one', 'two']) {
      writeFileSync(join(temp, 'plan.json'), text);
      await until(() => lines.at(-1) === text, 15_000, 'what was written');
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
