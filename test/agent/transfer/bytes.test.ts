import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { siteSchema } from '../../../src/database/schema.ts';
import { startSites } from '../../support/agents.ts';
import { treeOf } from '../../support/tree.ts';
import { until } from '../../support/until.ts';

/**
 * What changes cost on the links, per direction: waste must not come back unseen. The two children a and b of h1, and the
 * hub h2. Without ssh: what is counted is what the databases and rsync send to each other.
 */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);

const FILES = 20;
const SIZE = 40_000;
const SAME_FILES = 20;
const SAME_SIZE = 50_000;
const same = Array.from({ length: SAME_FILES }, () => randomBytes(SAME_SIZE));

/** One change on its own: its rows, confirmations and heartbeats. */
const LONE = 6000;
/** Of each of many. */
const PER_FILE = 600;
/** A run of rsync for one file, and everything that is said about it. */
const RUN = 8000;
beforeAll(async () => {
  sites = await startSites({
    hubs: ['h1', 'h2'],
    links: [
      ['a', 'h1'],
      ['b', 'h1'],
      ['h1', 'h2'],
    ],
    folders: ['same'],
    inlineMax: 131_072,
    counted: true,
    prepare: (_site, folderOf) => {
      for (const [i, bytes] of same.entries()) {
        writeFileSync(join(folderOf('same'), `${i}.bin`), bytes);
        utimesSync(join(folderOf('same'), `${i}.bin`), 1, 1);
      }
    },
  });
  await quiet();
});
afterAll(() => sites?.stop());

async function isSettled(): Promise<boolean> {
  const wanted = JSON.stringify(treeOf(at('a')));
  if (!sites.all().every(({ root }) => JSON.stringify(treeOf(root)) === wanted)) return false;
  return (await Promise.all(sites.all().map((site) => site.status()))).every(
    ({ inSync, connected }) => inSync && connected,
  );
}

/** All trees are equal, every site is in sync, and what they say about it has been sent. */
async function quiet(): Promise<void> {
  await until(isSettled, 60_000, 'all sites in sync');
  for (let before = ''; ; ) {
    const now = JSON.stringify(sites.wire());
    if (now === before) return;
    before = now;
    await pause(700);
  }
}

/** Bytes on the links until everything has settled after `change`. */
async function cost(change: () => unknown) {
  await quiet();
  const before = sites.wire();
  await change();
  await quiet();
  const after = sites.wire();
  const by = (link: string, way: 'up' | 'down') => after[link]![way] - before[link]![way];
  const bytes = {
    aUp: by('a-h1', 'up'),
    aDown: by('a-h1', 'down'),
    bUp: by('b-h1', 'up'),
    bDown: by('b-h1', 'down'),
    trunkThere: by('h1-h2', 'up'),
    trunkBack: by('h1-h2', 'down'),
  };
  if (process.env.SITESYNC_TEST_BYTES) console.log(expect.getState().currentTestName, JSON.stringify(bytes));
  return bytes;
}

/** On every link and in every direction. */
const most = (bytes: Awaited<ReturnType<typeof cost>>) => Math.max(...Object.values(bytes));

it('sites that begin with the same files do not send them', async () => {
  for (const { plan, database } of sites.all()) {
    const [rows] = await database.pool.query(`SELECT seq FROM ${siteSchema(plan.site)}.content`);
    expect(rows).toEqual([]);
  }
  // Until all have started they exchange heartbeats, the more the slower the machine is.
  const wire = Object.values(sites.wire()).flatMap(({ up, down }) => [up, down]);
  expect(Math.max(...wire)).toBeLessThan((SAME_FILES * SAME_SIZE * 3) / 4);
});

it('one small file costs its size and little more', async () => {
  const bytes = await cost(() => writeFileSync(at('a', 'lone.bin'), randomBytes(1000)));
  expect(most(bytes)).toBeLessThan(1000 + LONE);
});

it('a new content travels once over each link', async () => {
  mkdirSync(at('a', 'many'));
  const bytes = await cost(() => {
    for (let i = 0; i < FILES; i++) writeFileSync(at('a', `many/${i}.bin`), randomBytes(SIZE));
  });
  const once = FILES * (SIZE + PER_FILE) * 1.02;
  expect(bytes.aUp).toBeLessThan(once);
  expect(bytes.bDown).toBeLessThan(once);
  expect(bytes.trunkThere).toBeLessThan(once);
});

it.each([
  ['times', (path: string) => utimesSync(path, 1, 2)],
  ['modes', (path: string) => chmodSync(path, 0o600)],
])('other %s send no content', async (_what, change) => {
  const bytes = await cost(() => {
    for (const name of readdirSync(at('a', 'many'))) change(at('a', `many/${name}`));
  });
  expect(most(bytes)).toBeLessThan(FILES * PER_FILE);
});

it('a directory that is renamed sends no content', async () => {
  const bytes = await cost(() => renameSync(at('a', 'many'), at('a', 'renamed')));
  expect(most(bytes)).toBeLessThan(FILES * PER_FILE * 2);
});

it('a directory that is copied, deleted and copied again sends no content', async () => {
  const copy = () => cpSync(at('a', 'renamed'), at('a', 'copy'), { recursive: true });
  expect(most(await cost(copy))).toBeLessThan(FILES * PER_FILE);
  expect(most(await cost(() => rmSync(at('a', 'copy'), { recursive: true })))).toBeLessThan(FILES * PER_FILE);
  expect(most(await cost(copy))).toBeLessThan(FILES * PER_FILE);
});

it('what is deleted and comes back sends no content', async () => {
  const kept = readFileSync(at('a', 'renamed/0.bin'));
  await cost(() => {
    rmSync(at('a', 'renamed'), { recursive: true });
    rmSync(at('a', 'copy'), { recursive: true });
  });
  const back = () => {
    mkdirSync(at('a', 'renamed'));
    writeFileSync(at('a', 'renamed/0.bin'), kept);
  };
  expect(most(await cost(back))).toBeLessThan(LONE);
});

it('a log that grows sends what is appended', async () => {
  await cost(() => writeFileSync(at('a', 'app.log'), randomBytes(60_000)));
  const bytes = await cost(async () => {
    for (let i = 0; i < 3; i++) {
      appendFileSync(at('a', 'app.log'), randomBytes(8000));
      await until(isSettled, 30_000, 'the log everywhere');
    }
  });
  expect(most(bytes)).toBeLessThan(3 * (8000 + RUN));
});

const MB = 2 ** 20;
const big = randomBytes(2 * MB);

it('a file that is renamed and changed sends the change', async () => {
  await cost(() => writeFileSync(at('a', 'drawing.dwg'), big));
  big.writeUInt32LE(7, MB);
  const bytes = await cost(() => {
    renameSync(at('a', 'drawing.dwg'), at('a', 'drawing-2.dwg'));
    writeFileSync(at('a', 'drawing-2.dwg'), big);
  });
  expect(most(bytes)).toBeLessThan(8 * RUN);
});

it('a file that is saved as Office does sends the change', async () => {
  const edited = Buffer.concat([big.subarray(0, MB), randomBytes(50), big.subarray(MB)]);
  const bytes = await cost(async () => {
    writeFileSync(at('a', '~tmp.dwg'), edited);
    renameSync(at('a', 'drawing-2.dwg'), at('a', 'drawing-2.bak'));
    renameSync(at('a', '~tmp.dwg'), at('a', 'drawing-2.dwg'));
    await pause(300);
    rmSync(at('a', 'drawing-2.bak'));
  });
  expect(most(bytes)).toBeLessThan(8 * RUN);
});

it('a file that is changed in a directory that is renamed sends the change', async () => {
  const files = [randomBytes(300_000), randomBytes(300_000)];
  await cost(() => {
    mkdirSync(at('a', 'project'));
    for (const [i, bytes] of files.entries()) writeFileSync(at('a', `project/${i}.psd`), bytes);
  });
  files[0]!.writeUInt32LE(7, 150_000);
  const bytes = await cost(() => {
    renameSync(at('a', 'project'), at('a', 'project-2027'));
    writeFileSync(at('a', 'project-2027/0.psd'), files[0]!);
  });
  expect(most(bytes)).toBeLessThan(4 * RUN);
});

it('text is compressed', async () => {
  const line = (i: number) => `${i} The quick brown fox jumps over the lazy dog ${(i * 7919) % 1013}\n`;
  const text = Array.from({ length: 20_000 }, (_, i) => line(i)).join('');
  const bytes = await cost(() => writeFileSync(at('a', 'log.txt'), text));
  expect(bytes.aUp).toBeLessThan(text.length / 2);
});
