import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { treeOf } from '../../../support/tree.ts';
import { runSite } from './run-site.ts';
import { createScene, type Said, type Scene, sha } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene?.stop());

/** What every site has. */
const BEFORE: Record<string, Said> = {
  edited: { file: 'edited 1' },
  linked: { file: 'linked 1' },
  chmodded: { file: 'chmodded' },
  removed: { file: 'removed' },
  old: { file: 'renamed' },
  contested: { file: 'contested 1' },
  away: { dir: true },
  'away/inner': { file: 'inner' },
  symlink: { link: 'edited' },
  'dir-to-file': { dir: true },
  'file-to-dir': { file: 'was a file' },
  'symlink-to-file': { link: 'nowhere' },
};

/** One batch with everything that can happen to a path. */
const AFTER: Record<string, Said> = {
  edited: { file: 'edited 2' },
  linked: { file: 'linked 2' },
  chmodded: { file: 'chmodded', mode: 0o755, mtime: 5 },
  removed: { deleted: true },
  old: { deleted: true },
  renamed: { file: 'renamed' },
  contested: { file: 'contested there' },
  'away/inner': { deleted: true },
  away: { deleted: true },
  symlink: { link: 'renamed' },
  'dir-to-file': { file: 'was a directory' },
  'file-to-dir': { dir: true },
  'file-to-dir/inner': { file: 'in a directory that was a file' },
  'symlink-to-file': { file: 'was a symlink' },
  fresh: { file: 'fresh' },
  empty: { file: '' },
  new: { dir: true },
  'new/deep': { dir: true },
  'new/deep/file': { file: 'deep' },
};

/** SITESYNC_STEP=40 starts with that step. */
const FROM = Number(process.env.SITESYNC_STEP ?? 1);

const LOSING = 'contested here';
const CONFLICT = /^contested \(conflict here .*\)$/;

async function prepare(): Promise<void> {
  await scene.reset();
  await scene.say(BEFORE);
  await runSite(scene.dir);
  scene.link('linked', 'other name');
  scene.write('contested', LOSING);
  await runSite(scene.dir);
  await scene.say(AFTER, 100);
}

/** Runs a site in a process that dies before the `count`-th step. Returns that step, if it got that far. */
async function killedAt(count: number): Promise<string | undefined> {
  const program = new URL('./child.ts', import.meta.url).pathname;
  const result = await execa(process.execPath, [program, scene.dir.root, String(count)], {
    reject: false,
    stderr: 'inherit',
  });
  await scene.forgetKilled();
  if (result.exitCode !== 0 && result.signal !== 'SIGKILL') throw new Error(`it failed: ${result.stderr}`);
  return result.signal === 'SIGKILL' ? result.stdout : undefined;
}

/** Kind and content of every entry; times and modes where the batch sets them. */
function tree(): Map<string, string> {
  return new Map(Object.entries(treeOf(scene.root)).map(([path, entry]) => [path, entry]));
}

/** What is replaced or removed at this site must remain findable; what its own user overwrote is at the other one. */
const KEPT = Object.entries(BEFORE).flatMap(([path, said]) =>
  'file' in said && path !== 'contested' && path !== 'edited' ? [said.file] : [],
);

/**
 * @param made contents that came after the batch, by path
 * @param here paths of which versions were made here since
 */
async function check({ made, here }: Since): Promise<void> {
  const now = tree();
  const names = [...now.keys()];
  const texts = new Map(
    names.flatMap((name) =>
      now.get(name)!.startsWith('file') ? [[name, readFileSync(join(scene.root, name), 'utf8')]] : [],
    ),
  );
  const archive = scene.archive();
  const kept = new Set([...texts.values()].map((text) => sha(text).toString('hex')).concat([...archive.keys()]));
  for (const text of [...KEPT, LOSING, ...Object.values(made)])
    expect(kept, `"${text}" is findable`).toContain(sha(text).toString('hex'));
  for (const [name, { content, links }] of archive) expect([name, links]).toEqual([sha(content).toString('hex'), 1]);
  const copies = names.filter((name) => CONFLICT.test(name));
  expect(copies.map((name) => texts.get(name))).toEqual([LOSING]);
  for (const [path, said] of Object.entries(AFTER)) {
    const expected = made[path] ?? ('file' in said ? said.file : undefined);
    expect([path, texts.get(path)]).toEqual([path, expected]);
    if ('deleted' in said && !(path in made)) expect(names).not.toContain(path);
  }
  expect(scene.beside('staging')).toEqual([]);
  expect(scene.beside('replaced')).toEqual([]);
  expect(await scene.rows('SELECT staged FROM local.intent')).toEqual([]);
  const own = await scene.rows('SELECT path FROM site_here.version');
  expect(own.map((row) => String(row.path)).sort()).toEqual(['contested', 'other name', ...copies, ...here].sort());
  expect(await scene.rows("SELECT 1 FROM site_here.conflict WHERE origin = 'here'")).toHaveLength(1);
}

interface Since {
  made: Record<string, string>;
  here: string[];
}

/** What happens before the site restarts. */
const MEANWHILE: Record<string, () => Promise<Since>> = {
  'nothing happens': () => Promise.resolve({ made: {}, here: [] }),
  'the other site goes on': async () => {
    const newer = { edited: 'edited 3', linked: 'linked 3', fresh: 'fresh 2', renamed: 'renamed 2' };
    await scene.say(Object.fromEntries(Object.entries(newer).map(([path, file]) => [path, { file }])));
    return { made: newer, here: [] };
  },
  'somebody saves here': () => {
    const saved = { edited: 'saved here', fresh: 'saved here too' };
    for (const [path, text] of Object.entries(saved)) scene.write(path, text);
    return Promise.resolve({ made: saved, here: Object.keys(saved) });
  },
};

it('a crash before any step of applying a batch loses nothing and creates no version', async () => {
  const cases = Object.entries(MEANWHILE);
  for (let count = FROM, step: string | undefined = 'start'; step !== undefined; count++) {
    await prepare();
    step = await killedAt(count);
    const [name, meanwhile] = cases[count % cases.length]!;
    const since = await meanwhile();
    await runSite(scene.dir);
    await check(since).catch((error: Error) => {
      throw new Error(`stopped before step ${count} (${step}), then ${name}: ${error.message}`, { cause: error });
    });
  }
}, 1_200_000);
