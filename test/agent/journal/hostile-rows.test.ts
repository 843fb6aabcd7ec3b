import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pathKey } from '../../../src/base/bytes.ts';
import { startSites } from '../../support/agents.ts';
import { until } from '../../support/until.ts';

const STAR = {
  hubs: ['germany'],
  links: [
    ['brazil', 'germany'],
    ['spain', 'germany'],
  ] as [string, string][],
};
let sites: Awaited<ReturnType<typeof startSites>>;
beforeAll(async () => {
  sites = await startSites(STAR);
});
afterAll(() => sites.stop());

/** What somebody could do who broke into an office: rows that are limited only by the columns of its database. */
async function forge(name: string, changes: object): Promise<void> {
  const root = await sites.get('brazil').database.asRoot();
  const row = {
    seq: 5000,
    folder: 'projects',
    path: name,
    path_key: pathKey('projects', name),
    kind: 'file',
    size: 4,
    mtime_ns: 0,
    mode: 0o644,
    sha256: createHash('sha256').update('four').digest(),
    clock: 7,
    author: 'nobody',
    detected_at: 0,
    ...changes,
  };
  await root.query('INSERT INTO site_brazil.version SET ?', [row]);
}

const MOST = '18446744073709551615';

test('rows of a compromised site are rejected one by one; its other rows, and those of other sites, are ingested', async () => {
  await forge('size', { seq: 5000, size: MOST });
  await forge('time', { seq: 5001, kind: 'dir', sha256: null, detected_at: '9223372036854775807' });
  await forge('empty-link', { seq: 5002, kind: 'symlink', target: '' });
  await forge('long-link', { seq: 5003, kind: 'symlink', target: 'x'.repeat(4096) });
  await forge('base', { seq: 5004, base_origin: '../germany', base_seq: MOST });
  await forge('clock', { seq: 5005, clock: MOST });
  await forge('good', { seq: 5006, kind: 'dir', sha256: null });
  await forge('number', { seq: MOST });
  writeFileSync(join(sites.get('spain').root, 'report.txt'), 'of spain');
  const arrived = join(sites.get('germany').root, 'report.txt');
  await until(() => readFileSync(arrived, 'utf8') === 'of spain', 30_000, 'the file of spain at germany');
  const ls = async () => {
    const answer = (await (await sites.get('germany').api('/api/v1/ls?folder=projects&path=')).json()) as {
      entries: { name: string }[];
    };
    return answer.entries.map(({ name }) => name);
  };
  await until(async () => (await ls()).includes('good'), 30_000, 'what is right in the rows of brazil');
  expect(await ls()).toEqual(['good', 'report.txt', 'time']);
  // What was skipped counts as missing, and is named.
  const custody = async () => {
    const [[row]] = await sites
      .get('germany')
      .database.pool.query<RowDataPacket[]>("SELECT missing FROM site_germany.custody WHERE origin = 'brazil'");
    return String(row?.missing);
  };
  await until(async () => (await custody()).includes('5002'), 30_000, 'skipped rows that are missing');
  const status = await sites.get('germany').status();
  expect(status.inSync).toBe(false);
  expect(String(status.errors)).toContain('projects:empty-link of brazil cannot be journaled');
  // Queries about it are answered.
  for (const question of ['log', 'why'])
    expect((await sites.get('germany').api(`/api/v1/${question}?folder=projects&path=time`)).status).toBe(200);
  expect((await sites.get('germany').api('/api/v1/network')).status).toBe(200);
});
