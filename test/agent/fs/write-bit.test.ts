import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { At } from '../../../src/agent/fs/at.ts';
import type { Disk } from '../../../src/agent/fs/disk.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { openingWriteBits, restoreModes } from '../../../src/agent/fs/write-bit.ts';
import { asOrdinaryUser } from '../../support/ordinary-user.ts';

asOrdinaryUser();

let root: string;
let own: { rootFd: number; stagingFd: number };
let opened: number[];
const path = (name: string) => join(root, name);
const modeOf = (name: string) => statSync(path(name)).mode & 0o7777;
const notes = () => readdirSync(path('.staging'));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sitesync-write-bit-'));
  for (const name of ['.staging', 'closed', 'closed/deep']) mkdirSync(path(name));
  for (const name of ['.staging/new', 'closed/old', 'closed/deep/leaf']) writeFileSync(path(name), name);
  chmodSync(path('closed/deep'), 0o555);
  chmodSync(path('closed'), 0o555);
  opened = [];
  own = { rootFd: openDirectory(''), stagingFd: openDirectory('.staging') };
});
afterEach(() => {
  for (const fd of opened) realDisk.close(fd);
  for (const name of ['closed', 'closed/deep', '.staging/deep'])
    if (existsSync(path(name))) chmodSync(path(name), 0o755);
  rmSync(root, { recursive: true });
});

function openDirectory(name: string): number {
  const fd = realDisk.openRoot(path(name));
  opened.push(fd);
  return fd;
}
const inClosed = (name: string): At => ({ fd: openDirectory('closed'), name });
const staged = (name: string): At => ({ fd: own.stagingFd, name });

describe('in a directory of ours without the write bit', () => {
  const changes: [string, (disk: Disk) => void, string[]][] = [
    ['a file arrives', (disk) => disk.moveNew(staged('new'), inClosed('new')), ['deep', 'new', 'old']],
    ['a file is replaced', (disk) => disk.exchange(staged('new'), inClosed('old')), ['deep', 'old']],
    ['a file is taken away', (disk) => disk.moveNew(inClosed('old'), staged('caught')), ['deep']],
    ['a file is removed', (disk) => disk.remove(inClosed('old')), ['deep']],
    ['a directory is made', (disk) => disk.makeDirectory(inClosed('made'), 0o755), ['deep', 'made', 'old']],
    ['a directory that is itself closed leaves', (disk) => disk.moveNew(inClosed('deep'), staged('deep')), ['old']],
  ];

  it.each(changes)('%s', (_what, change, left) => {
    change(openingWriteBits(realDisk, own));
    expect(readdirSync(path('closed')).sort()).toEqual(left);
    expect(modeOf('closed')).toBe(0o555);
    expect(notes().filter((name) => name.startsWith('mode-'))).toEqual([]);
  });

  it('a closed directory arrives with its mode', () => {
    mkdirSync(path('.staging/arrives'), 0o555);
    openingWriteBits(realDisk, own).moveNew(staged('arrives'), inClosed('arrives'));
    expect([modeOf('closed'), modeOf('closed/arrives')]).toEqual([0o555, 0o555]);
    chmodSync(path('closed'), 0o755);
  });

  it('what fails for another reason leaves the mode and no note', () => {
    expect(() => openingWriteBits(realDisk, own).removeDirectory(inClosed('nothing'))).toThrow('ENOENT');
    expect(() => openingWriteBits(realDisk, own).moveNew(staged('nothing'), inClosed('x'))).toThrow('ENOENT');
    expect([modeOf('closed'), notes()]).toEqual([0o555, ['new']]);
  });

  it.each(['closed', 'closed/deep'])('the mode of %s is put back after a stop in the middle', (dir) => {
    const disk = openingWriteBits(stoppedWhileOpen(), own);
    expect(() => disk.moveNew(staged('new'), { fd: openDirectory(dir), name: 'x' })).toThrow('denied');
    expect(modeOf(dir)).toBe(0o755);
    restoreModes({ ...own, disk: realDisk });
    expect(modeOf(dir)).toBe(0o555);
  });
});

/** From the second attempt to move something on nothing is done any more. */
function stoppedWhileOpen(): Disk {
  let attempts = 0;
  return {
    ...realDisk,
    moveNew() {
      attempts++;
      throw Object.assign(new Error('denied'), { code: 'EACCES' });
    },
    setOpenMode: (fd, mode) => (attempts < 2 ? realDisk.setOpenMode(fd, mode) : undefined),
    remove: (at) => (attempts < 2 ? realDisk.remove(at) : undefined),
  };
}
