import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realDisk } from '../../src/agent/fs/real-disk.ts';
import { BUILT_IN_IGNORE } from '../../src/topology/ignored.ts';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

/** What docs/file-server.md says, tried on real disks: a row without a trial fails, and so does a trial without a row. */
const PAGE = readFileSync(new URL('../../docs/file-server.md', import.meta.url), 'utf8');
const section = (title: string) => PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
const firstCells = (text: string) =>
  [...text.matchAll(/^\| (.*?) \| /gm)].map((match) => match[1]!).filter((cell) => cell !== 'what' && cell !== 'names');

let sites: Awaited<ReturnType<typeof startSites>>;
const here = (path: string) => join(sites.get('brazil').root, path);
const there = (path: string) => join(sites.get('germany').root, path);
const bytes = randomBytes(200_000);
const MB = 2 ** 20;

const TIMES = {
  y1901: -2_147_483_648n * 10n ** 9n,
  y1965: -157_766_400n * 10n ** 9n + 123_456_789n,
  before: -1n,
  y2038: 2_147_483_648n * 10n ** 9n + 1n,
  y2261: 9_214_646_400n * 10n ** 9n + 999_999_999n,
};
/** Of ext4; a row holds no later one. */
const Y2300 = 10_413_792_000n * 10n ** 9n;
const LATEST = 2n ** 63n - 1n;

function setTime(path: string, ns: bigint): void {
  const fd = realDisk.openRoot(sites.get('brazil').root);
  realDisk.setMtime({ fd, name: path }, ns);
  realDisk.close(fd);
}
const timeOf = (path: string) => statSync(path, { bigint: true }).mtimeNs;
const blocks = (path: string) => statSync(path).blocks * 512;
const rawName = (at: string) =>
  Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0x66, 0xff, 0xfe]), Buffer.from('.txt')]);

/** By the first cell of a row: what is made at brazil, and what is then so at germany. */
const ROWS: Record<string, { make(): void; check(): void }> = {
  content: {
    make: () => writeFileSync(here('content.bin'), bytes),
    check: () => expect(readFileSync(there('content.bin')).equals(bytes)).toBe(true),
  },
  name: {
    make() {
      writeFileSync(here('n'.repeat(255)), 'long');
      writeFileSync(rawName(here('.')), 'raw');
    },
    check() {
      expect(readFileSync(there('n'.repeat(255)), 'utf8')).toBe('long');
      expect(readFileSync(rawName(there('.')), 'utf8')).toBe('raw');
    },
  },
  'modification time': {
    make() {
      for (const [name, ns] of Object.entries(TIMES)) {
        writeFileSync(here(name), name);
        setTime(name, ns);
      }
    },
    check: () => {
      for (const [name, ns] of Object.entries(TIMES)) expect(timeOf(there(name)), name).toBe(ns);
    },
  },
  'modification time after 2262': {
    make() {
      writeFileSync(here('y2300'), 'far');
      execFileSync('touch', ['-d', '@10413792000', here('y2300')]);
    },
    check() {
      expect(timeOf(here('y2300'))).toBe(Y2300);
      expect(timeOf(there('y2300'))).toBe(LATEST);
      expect(new Date(Number(LATEST / 1_000_000n)).toISOString()).toMatch(/^2262-04-11/);
    },
  },
  'permission to read, write and execute': {
    make() {
      for (const mode of [0o640, 0o755, 0o600]) {
        writeFileSync(here(`mode${mode}`), 'mode');
        chmodSync(here(`mode${mode}`), mode);
      }
    },
    check() {
      for (const mode of [0o640, 0o755, 0o600]) expect(statSync(there(`mode${mode}`)).mode & 0o7777).toBe(mode);
    },
  },
  'set-user-ID, set-group-ID and sticky bits': {
    make() {
      writeFileSync(here('program'), 'x');
      chmodSync(here('program'), 0o6755);
    },
    check: () => expect(statSync(there('program')).mode & 0o7777).toBe(0o755),
  },
  'symbolic link': {
    make: () => symlinkSync('../nowhere at all', here('link')),
    check: () => expect(readlinkSync(there('link'))).toBe('../nowhere at all'),
  },
  'empty directory': {
    make: () => mkdirSync(here('empty/within'), { recursive: true }),
    check: () => expect(readdirSync(there('empty/within'))).toEqual([]),
  },
  'time of a directory': {
    make() {
      mkdirSync(here('dated'));
      utimesSync(here('dated'), 1_000_000_000, 1_000_000_000);
    },
    check: () => expect(statSync(there('dated')).mtimeMs).toBeGreaterThan(1_700_000_000_000),
  },
  'time of the last access': {
    make() {
      writeFileSync(here('accessed'), 'a');
      utimesSync(here('accessed'), 1_000_000_000, 1_000_000_000);
    },
    check: () => expect(statSync(there('accessed')).atimeMs).toBeGreaterThan(1_700_000_000_000),
  },
  'holes of a sparse file': {
    make() {
      const fd = openSync(here('sparse.img'), 'w');
      ftruncateSync(fd, 20 * MB);
      closeSync(fd);
      writeFileSync(here('sparse.img'), bytes, { flag: 'r+' });
    },
    check() {
      expect(readFileSync(there('sparse.img')).equals(readFileSync(here('sparse.img')))).toBe(true);
      expect(blocks(there('sparse.img'))).toBeLessThan(MB);
    },
  },
  'space that was reserved and not written': {
    make: () => void execFileSync('fallocate', ['-l', '8M', here('reserved')]),
    check() {
      expect(statSync(there('reserved')).size).toBe(8 * MB);
      expect(blocks(there('reserved'))).toBeLessThan(MB);
    },
  },
  'several names of one file (hard links)': {
    make() {
      writeFileSync(here('one'), 'linked');
      linkSync(here('one'), here('two'));
    },
    check() {
      for (const name of ['one', 'two']) {
        expect(readFileSync(there(name), 'utf8')).toBe('linked');
        expect(statSync(there(name)).nlink).toBe(1);
      }
    },
  },
  'socket, pipe or device': {
    make: () => void execFileSync('mkfifo', [here('pipe')]),
    check() {
      expect(lstatSync(here('pipe')).isFIFO()).toBe(true);
      expect(existsSync(there('pipe'))).toBe(false);
    },
  },
};

describe('what is kept', () => {
  beforeAll(async () => {
    sites = await startSites({ hubs: ['germany'], links: [['brazil', 'germany']] });
    for (const { make } of Object.values(ROWS)) make();
    const isSettled = async () => {
      if (readdirSync(there('.')).length < readdirSync(here('.')).length - 1) return false;
      return (await Promise.all(sites.all().map((site) => site.status()))).every(({ inSync }) => inSync);
    };
    await until(isSettled, 90_000, 'all in sync');
  }, 180_000);
  afterAll(() => sites?.stop());

  it('is tried, row by row', () => {
    expect(firstCells(section('What is kept'))).toEqual(Object.keys(ROWS));
  });
  it.each(Object.entries(ROWS))('%s', (_row, { check }) => check());
  it('says which dates cannot be kept, and no longer once they are right', async () => {
    const told = async () => {
      const { problems } = (await sites.get('brazil').status()) as { problems: { code: string; params: object }[] };
      return problems.find(({ code }) => code === 'timesNotKept')?.params;
    };
    await until(told, 30_000, 'a report');
    expect(await told()).toEqual({ folder: 'projects', count: 1, names: '"y2300"' });
    utimesSync(here('y2300'), 1_700_000_000, 1_700_000_000);
    await until(async () => (await told()) === undefined, 30_000, 'no report');
  });
});

it('the page lists the names that are never synced', () => {
  const listed = firstCells(section('Names that are never synced')).flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
  );
  expect(listed.toSorted()).toEqual(BUILT_IN_IGNORE.toSorted());
});
