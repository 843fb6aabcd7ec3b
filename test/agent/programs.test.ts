import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

/** What programs do with the file system when they save, from their documentation and from traces of those that run here. */
let sites: Awaited<ReturnType<typeof startSites>>;
beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [['brazil', 'germany']],
    folder: { ignore: ['~$*', '.~lock.*#'] },
  });
});
afterAll(() => sites?.stop());

const here = (path: string) => join(sites.get('brazil').root, path);
const there = (path: string) => join(sites.get('germany').root, path);
const write = (path: string, text: string) => writeFileSync(here(path), text);
const move = (from: string, to: string) => renameSync(here(from), here(to));
const remove = (path: string) => rmSync(here(path));
const inPlace = (path: string, text: string) => {
  truncateSync(here(path));
  appendFileSync(here(path), text);
};

async function rows(): Promise<{ seq: number; kind: string; path: string }[]> {
  const [all] = await sites
    .get('brazil')
    .database.pool.query<RowDataPacket[]>('SELECT seq, kind, path FROM site_brazil.version ORDER BY seq');
  return all.map(({ seq, kind, path }) => ({ seq: Number(seq), kind, path: String(path) }));
}

const arrives = (path: string, text: string) =>
  until(() => existsSync(there(path)) && readFileSync(there(path), 'utf8') === text, 30_000, `"${text}" in ${path}`);

/** The versions that a save makes, as `kind path`, once it has arrived and a file made after it too. */
async function versionsOf(path: string, text: string, save: () => void): Promise<string[]> {
  const before = (await rows()).at(-1)?.seq ?? 0;
  save();
  await arrives(path, text);
  const mark = `after ${path} ${before}`;
  write(mark, mark);
  await arrives(mark, mark);
  const since = (await rows()).filter(({ seq, path: other }) => seq > before && other !== mark);
  return since.map((version) => `${version.kind} ${version.path}`);
}

/** By program: how it saves `text` into a file that exists, and what it leaves beside it. */
const PROGRAMS: Record<
  string,
  { file: string; save: (file: string, text: string) => void; beside?: (file: string) => string[] }
> = {
  Word: {
    file: 'letter.docx',
    save(file, text) {
      write(`~$${file.slice(2)}`, 'owner');
      write('~WRD0001.tmp', text);
      move(file, '~WRL0002.tmp');
      move('~WRD0001.tmp', file);
      remove('~WRL0002.tmp');
      remove(`~$${file.slice(2)}`);
    },
  },
  Excel: {
    file: 'costs.xlsx',
    save(file, text) {
      write('A1B2C300', text);
      move(file, 'B2C3D400.tmp');
      move('A1B2C300', file);
      remove('B2C3D400.tmp');
    },
  },
  LibreOffice: {
    file: 'report.odt',
    save(file, text) {
      write(`.~lock.${file}#`, 'owner');
      inPlace(file, text);
      remove(`.~lock.${file}#`);
    },
  },
  AutoCAD: {
    file: 'plan.dwg',
    save(file, text) {
      write('sav1A2B.tmp', text);
      rmSync(here('plan.bak'), { force: true });
      move(file, 'plan.bak');
      move('sav1A2B.tmp', file);
    },
    beside: () => ['plan.bak'],
  },
  Photoshop: {
    file: 'poster.psd',
    save(file, text) {
      write('ps5A1C.tmp', text);
      remove(file);
      move('ps5A1C.tmp', file);
    },
  },
  vi: {
    file: 'notes.txt',
    save(file, text) {
      write('4913', '');
      remove('4913');
      move(file, `${file}~`);
      const fd = openSync(here(file), 'w');
      writeSync(fd, text);
      fsyncSync(fd);
      closeSync(fd);
      remove(`${file}~`);
    },
  },
  emacs: {
    file: 'todo.org',
    save(file, text) {
      symlinkSync('user@host.1234', here(`.#${file}`));
      write(`#${file}#`, text);
      move(file, `${file}~`);
      write(file, text);
      remove(`#${file}#`);
      remove(`.#${file}`);
    },
    beside: (file) => [`${file}~`],
  },
  'sed -i': {
    file: 'settings.ini',
    save: (file, text) => execFileSync('sed', ['-i', `s/.*/${text}/`, here(file)]),
  },
  rsync: {
    file: 'mirror.bin',
    save(file, text) {
      write(`.${file}.Xy12Ab`, text);
      utimesSync(here(`.${file}.Xy12Ab`), 1_700_000_000, 1_700_000_000);
      move(`.${file}.Xy12Ab`, file);
    },
  },
  'a copy from Windows over Samba': {
    file: 'big.iso',
    save(file, text) {
      const fd = openSync(here(file), 'w');
      ftruncateSync(fd, text.length);
      writeSync(fd, text.slice(0, 3), 0);
      writeSync(fd, text.slice(3), 3);
      closeSync(fd);
      utimesSync(here(file), 1_600_000_000, 1_600_000_000);
    },
  },
  'a mail store': {
    file: 'cur-1',
    save(file, text) {
      write('tmp-1', text);
      remove(file);
      linkSync(here('tmp-1'), here(file));
      remove('tmp-1');
    },
  },
};

for (const [program, { file, save, beside }] of Object.entries(PROGRAMS)) {
  it(`${program} makes one version for each save, and no deletion in its middle`, async () => {
    write(file, 'first');
    await arrives(file, 'first');
    for (const text of ['second', 'third']) {
      const made = await versionsOf(file, text, () => save(file, text));
      expect(made.filter((version) => version.endsWith(` ${file}`))).toEqual([`file ${file}`]);
      const others = made.filter((version) => !version.endsWith(` ${file}`));
      expect(others.every((version) => (beside?.(file) ?? []).includes(version.replace(/^file /, '')))).toBe(true);
    }
  });
}

it('a Git repository is whole elsewhere once its last commit has arrived', async () => {
  mkdirSync(here('repo'));
  const git = (dir: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'safe.directory=*', '-c', 'user.name=a', '-c', 'user.email=a@b', '-C', dir, ...args], {
      encoding: 'utf8',
    });
  git(here('repo'), 'init', '--quiet');
  for (let i = 0; i < 5; i++) {
    write(`repo/file${i}`, `${i}`);
    git(here('repo'), 'add', '.');
    git(here('repo'), 'commit', '--quiet', '-m', `${i}`);
  }
  git(here('repo'), 'gc', '--quiet');
  const head = git(here('repo'), 'rev-parse', 'HEAD');
  await until(
    () => {
      expect(git(there('repo'), 'rev-parse', 'HEAD')).toBe(head);
      expect(git(there('repo'), 'status', '--porcelain')).toBe('');
      git(there('repo'), 'fsck', '--strict');
      return true;
    },
    30_000,
    'the repository',
  );
});

it('a SQLite database that is closed is the same and sound elsewhere', async () => {
  const db = new DatabaseSync(here('store.db'));
  db.exec('CREATE TABLE t (n INTEGER)');
  for (let n = 0; n < 20; n++) db.exec(`INSERT INTO t VALUES (${n})`);
  db.close();
  await until(
    () => existsSync(there('store.db')) && readFileSync(there('store.db')).equals(readFileSync(here('store.db'))),
    30_000,
    'the database',
  );
  cpSync(there('store.db'), join(sites.get('germany').dir.root, 'copy.db'));
  const copy = new DatabaseSync(join(sites.get('germany').dir.root, 'copy.db'));
  expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  expect(copy.prepare('SELECT COUNT(*) AS n FROM t').get()).toEqual({ n: 20 });
  copy.close();
  await until(() => !existsSync(there('store.db-journal')), 30_000, 'no journal');
});
