import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOUR_SITES, startSites } from '../support/agents.ts';
import { treeOf } from '../support/tree.ts';
import { until } from '../support/until.ts';

/** Four sites, child → hub → hub → child, linked without ssh: everything of the agent except the link. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);

beforeAll(async () => {
  sites = await startSites(FOUR_SITES);
  await until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((status) => status.connected),
    30_000,
    'all connected',
  );
});
afterAll(() => sites?.stop());

/** All four trees equal the one at `name`. */
async function everywhere(name: string, timeoutMs = 30_000): Promise<void> {
  const wanted = () => treeOf(at(name));
  await until(
    () => sites.all().every((site) => JSON.stringify(treeOf(site.root)) === JSON.stringify(wanted())),
    timeoutMs,
    'equal trees',
  ).catch(() => {
    for (const site of sites.all())
      expect({ site: site.plan.site, tree: treeOf(site.root) }).toEqual({ site: site.plan.site, tree: wanted() });
  });
  await until(
    async () => (await Promise.all(sites.all().map((site) => site.status()))).every((s) => s.inSync),
    timeoutMs,
    'all in sync',
  );
}

describe('changes at one site reach all', () => {
  it('a new file, an edit, a deletion', async () => {
    writeFileSync(at('brazil', 'a.txt'), 'one');
    await everywhere('brazil');
    writeFileSync(at('newzealand', 'a.txt'), 'two, longer');
    await everywhere('newzealand');
    expect(readFileSync(at('brazil', 'a.txt'), 'utf8')).toBe('two, longer');
    rmSync(at('germany', 'a.txt'));
    await everywhere('germany');
    expect(existsSync(at('newzealand', 'a.txt'))).toBe(false);
  });

  it('directories, including empty ones, symlinks, modes, and times to the nanosecond', async () => {
    mkdirSync(at('brazil', 'd/empty'), { recursive: true });
    mkdirSync(at('brazil', 'd/private'), { mode: 0o700 });
    writeFileSync(at('brazil', 'd/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    execFileSync('touch', ['-d', '2020-02-02 02:02:02.123456789', at('brazil', 'd/run.sh')]);
    symlinkSync('run.sh', at('brazil', 'd/relative'));
    symlinkSync('/nowhere/at/all', at('brazil', 'd/dangling'));
    await everywhere('brazil');
    expect(treeOf(at('newzealand'))['d/run.sh']).toContain('file 755 1580608922123456789');
    chmodSync(at('newzealand', 'd/run.sh'), 0o700);
    await everywhere('newzealand');
    utimesSync(at('brazil', 'd/run.sh'), 1, 2);
    await everywhere('brazil');
  });

  it('large files, and a change to one without transferring it whole', async () => {
    const bytes = Buffer.alloc(12_000_000, 'SiteSync');
    writeFileSync(at('brazil', 'large.bin'), bytes);
    await everywhere('brazil');
    bytes.write('changed', 6_000_000);
    writeFileSync(at('australia', 'large.bin'), bytes);
    await everywhere('australia');
  });

  it('renames of files and of whole directories', async () => {
    mkdirSync(at('brazil', 'tree/deep'), { recursive: true });
    for (let i = 0; i < 30; i++) writeFileSync(at('brazil', `tree/deep/${i}`), `content ${i}`.repeat(1000));
    await everywhere('brazil');
    renameSync(at('brazil', 'tree'), at('brazil', 'moved'));
    await everywhere('brazil');
    renameSync(at('newzealand', 'large.bin'), at('newzealand', 'moved/large.bin'));
    await everywhere('newzealand');
    rmSync(at('australia', 'moved'), { recursive: true });
    await everywhere('australia');
  });

  it('entries that change their kind', async () => {
    writeFileSync(at('brazil', 'k'), 'file');
    await everywhere('brazil');
    rmSync(at('brazil', 'k'));
    mkdirSync(at('brazil', 'k'));
    writeFileSync(at('brazil', 'k/inside'), 'x');
    await everywhere('brazil');
    rmSync(at('newzealand', 'k'), { recursive: true });
    symlinkSync('elsewhere', at('newzealand', 'k'));
    await everywhere('newzealand');
    rmSync(at('brazil', 'k'));
    await everywhere('brazil');
  });

  it('a directory that became something else while the agent was down', async () => {
    for (const dir of ['file', 'link', 'fifo']) {
      mkdirSync(at('brazil', `was/${dir}/deep`), { recursive: true });
      writeFileSync(at('brazil', `was/${dir}/deep/inside`), dir);
    }
    await everywhere('brazil');
    const away = sites.get('newzealand');
    await away.killAgent();
    for (const dir of ['file', 'link', 'fifo'])
      renameSync(at('newzealand', `was/${dir}`), at('newzealand', `is-${dir}`));
    writeFileSync(at('newzealand', 'was/file'), 'a file now');
    symlinkSync('../is-link', at('newzealand', 'was/link'));
    execFileSync('mkfifo', [at('newzealand', 'was/fifo')]);
    await away.startAgent();
    await until(() => readFileSync(at('brazil', 'was/file'), 'utf8') === 'a file now', 30_000, 'the file at brazil');
    rmSync(at('newzealand', 'was/fifo'));
    await everywhere('newzealand');
    rmSync(at('brazil', 'was'), { recursive: true });
    await everywhere('brazil');
  });

  it('hostile names', async () => {
    const names = [
      '-rf',
      '#hash',
      ';semi',
      'new\nline',
      ' space ',
      'quote"\'`$(x)',
      '*?[',
      '\xff\xfe invalid',
      'back\\slash',
      'x'.repeat(255),
      'émoji 🎉',
    ];
    for (const name of names) {
      const utf8 = name.startsWith('é') ? Buffer.from(name) : Buffer.from(name, 'latin1');
      writeFileSync(
        Buffer.concat([Buffer.from(`${at('brazil')}/`), utf8]),
        `of ${name}`.repeat(name.length > 10 ? 2000 : 1),
      );
    }
    await everywhere('brazil');
    for (const name of readdirSync(at('brazil'), 'buffer')) {
      if (!String(name).startsWith('.sitesync'))
        rmSync(Buffer.concat([Buffer.from(`${at('brazil')}/`), name]), { recursive: true, force: true });
    }
    await everywhere('brazil');
  });
});

describe('nothing is lost', () => {
  it('concurrent edits: one winner, one copy, the same everywhere', async () => {
    writeFileSync(at('brazil', 'both.txt'), 'base');
    await everywhere('brazil');
    writeFileSync(at('brazil', 'both.txt'), 'from brazil');
    writeFileSync(at('newzealand', 'both.txt'), 'from new zealand');
    await until(
      () => sites.all().every((site) => readdirSync(site.root).filter((n) => n.startsWith('both')).length === 2),
      20_000,
      'a copy at every site',
    );
    await everywhere('brazil');
    const contents = readdirSync(at('germany'))
      .filter((name) => name.startsWith('both'))
      .map((name) => readFileSync(at('germany', name), 'utf8'));
    expect(contents.sort()).toEqual(['from brazil', 'from new zealand']);
    const conflicts = (await Promise.all(sites.all().map((site) => site.status()))).map((s) => Number(s.conflicts));
    expect(conflicts.reduce((a, b) => a + b)).toBe(1);
  });

  it.each(['a file', 'a symlink'])(
    'a directory and %s of one name at once: the directory stays, a file beside it',
    async (what) => {
      const name = what.replaceAll(' ', '-');
      const makeOther = (site: string, path: string) =>
        what === 'a file'
          ? writeFileSync(at(site, path), 'not a directory')
          : symlinkSync('not a directory', at(site, path));
      const away = sites.get('newzealand');
      for (const [dir, other] of [
        ['brazil', 'newzealand'],
        ['newzealand', 'brazil'],
      ] as const) {
        const path = `${name}-${dir}`;
        await away.killAgent();
        mkdirSync(at(dir, `${path}/deep`), { recursive: true });
        writeFileSync(at(dir, `${path}/deep/kept`), dir);
        makeOther(other, path);
        await until(() => treeOf(at('germany'))[path] !== undefined, 30_000, 'one of them at germany');
        await away.startAgent();
        await until(() => existsSync(at('germany', `${path}/deep/kept`)), 30_000, 'the directory at germany');
        // The target of a symlink is kept in the history only.
        const isKept = () => readdirSync(at('brazil')).some((entry) => entry.startsWith(path) && entry !== path);
        await until(() => what === 'a symlink' || isKept(), 30_000, 'the file, kept at brazil');
        await everywhere('brazil');
      }
    },
  );

  it('a new entry in a directory that became a file elsewhere: both are kept', async () => {
    mkdirSync(at('brazil', 'grows'));
    writeFileSync(at('brazil', 'grows/known'), 'x');
    await everywhere('brazil');
    const away = sites.get('newzealand');
    await away.killAgent();
    rmSync(at('newzealand', 'grows'), { recursive: true });
    writeFileSync(at('newzealand', 'grows'), 'a file now');
    writeFileSync(at('brazil', 'grows/new'), 'new');
    await until(() => existsSync(at('germany', 'grows/new')), 30_000, 'the new entry at germany');
    await away.startAgent();
    await until(() => existsSync(at('newzealand', 'grows/new')), 30_000, 'the new entry at newzealand');
    await until(
      () => readdirSync(at('brazil')).some((name) => /^grows./.test(name)),
      30_000,
      'the file, kept at brazil',
    );
    await everywhere('brazil');
    const kept = readdirSync(at('germany')).find((name) => /^grows./.test(name))!;
    expect(readFileSync(at('germany', kept), 'utf8')).toBe('a file now');
    expect(readdirSync(at('germany', 'grows'))).toEqual(['new']);
  });

  it('an old version is listed, kept, and restored as a new version', async () => {
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(at('brazil', 'v.txt'), text);
      await everywhere('brazil');
    }
    const site = sites.get('australia');
    const { versions } = (await (await site.api('/api/v1/log?folder=projects&path=v.txt')).json()) as {
      versions: { version: string; keptHere: boolean }[];
    };
    expect(versions).toHaveLength(3);
    expect(versions.every((v) => v.keptHere)).toBe(true);
    const body = JSON.stringify({ folder: 'projects', path: 'v.txt', version: versions[2]!.version });
    const restored = await site.api('/api/v1/restore', { method: 'POST', body });
    expect(restored.status).toBe(200);
    await everywhere('australia');
    expect(readFileSync(at('newzealand', 'v.txt'), 'utf8')).toBe('first');
    rmSync(at('brazil', 'v.txt'));
    await everywhere('brazil');
    const again = await sites.get('newzealand').api('/api/v1/restore', { method: 'POST', body });
    expect(again.status).toBe(200);
    await everywhere('newzealand');
    expect(readFileSync(at('brazil', 'v.txt'), 'utf8')).toBe('first');
  });

  it('agents and databases that are killed while files arrive', async () => {
    mkdirSync(at('brazil', 'many'));
    const write = (from: number) => {
      for (let i = from; i < from + 150; i++)
        writeFileSync(at('brazil', `many/${i}`), `${i}`.repeat(i % 7 === 0 ? 5000 : 30));
    };
    for (const [round, name] of ['brazil', 'germany', 'newzealand'].entries()) {
      write(round * 300);
      await sites.get(name).killAgent();
      write(round * 300 + 150);
      await sites.get(name).startAgent();
      await sites.get(name).database.kill();
      await sites.get(name).database.start();
    }
    await everywhere('brazil', 60_000);
    expect(readdirSync(at('newzealand', 'many'))).toHaveLength(900);
  });

  it('a site that lost its database recalls its past, and takes no unchanged file for an edit', async () => {
    for (let i = 0; i < 60; i++) writeFileSync(at('brazil', `past-${i}`), `${i}`.repeat(i % 5 ? 40 : 9000));
    await everywhere('brazil');
    const brazil = sites.get('brazil');
    await brazil.killAgent();
    await brazil.database.kill();
    rmSync(brazil.dir.mysql.data, { recursive: true });
    const said = async () => {
      const { pool } = sites.get('germany').database;
      const [[row]] = await pool.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM site_brazil.version');
      return Number(row!.n);
    };
    const before = await said();
    const conflicts = Number((await sites.get('germany').status()).conflicts);
    writeFileSync(at('germany', 'past-7'), 'changed elsewhere meanwhile');
    writeFileSync(at('brazil', 'past-8'), 'changed here while the database was gone');
    await brazil.database.start();
    await brazil.startAgent();
    await until(async () => (await brazil.status()).inSync, 30_000, 'brazil to be back');
    await everywhere('germany');
    expect(readFileSync(at('brazil', 'past-7'), 'utf8')).toBe('changed elsewhere meanwhile');
    expect(readFileSync(at('newzealand', 'past-8'), 'utf8')).toBe('changed here while the database was gone');
    expect((await said()) - before).toBe(1);
    expect(Number((await sites.get('germany').status()).conflicts)).toBe(conflicts);
    writeFileSync(at('brazil', 'after-the-loss'), 'numbers go on');
    await everywhere('brazil');
  });

  it('a child that was away for longer than its hub keeps its log', async () => {
    const away = sites.get('newzealand');
    await away.killAgent();
    await away.database.kill();
    for (let i = 0; i < 20; i++) writeFileSync(at('brazil', `purged-${i}`), `purged ${i}`);
    await until(() => existsSync(at('australia', 'purged-19')), 20_000, 'the files at its hub');
    const hub = await sites.get('australia').database.asRoot();
    await hub.query('FLUSH BINARY LOGS');
    await until(async () => {
      const [logs] = await hub.query<RowDataPacket[]>('SHOW BINARY LOGS');
      await hub.query('PURGE BINARY LOGS TO ?', [logs.at(-1)!.Log_name]);
      return (await hub.query<RowDataPacket[]>('SHOW BINARY LOGS'))[0].length === 1;
    });
    writeFileSync(at('newzealand', 'offline'), 'written while away');
    await away.database.start();
    await away.startAgent();
    await until(() => existsSync(at('brazil', 'offline')), 30_000, 'what it wrote while away');
    await everywhere('brazil');
  });
});
