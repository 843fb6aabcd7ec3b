import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { siteSchema } from '../../src/database/schema.ts';
import { startSites } from '../support/agents.ts';
import { until } from '../support/until.ts';

/** A hub, a child that only receives, and one that only sends. */
let sites: Awaited<ReturnType<typeof startSites>>;
const at = (name: string, path = '') => join(sites.get(name).root, path);
const read = (name: string, path: string) => {
  try {
    return readFileSync(at(name, path), 'utf8');
  } catch {
    return undefined;
  }
};
const visible = (name: string) => readdirSync(at(name)).filter((entry) => entry !== '.sitesync');

/** What was there before is kept beside it a moment after the replacement is visible. */
const copyOf = (stem: string) =>
  until(() => visible('brazil').find((name) => name.startsWith(`${stem} (conflict brazil `)), 20_000, 'the copy');

/** What a site has said, as the hub has it. */
async function sayings(name: string): Promise<string[]> {
  const { pool } = sites.get('germany').database;
  const [rows] = await pool.query<RowDataPacket[]>(`SELECT kind, path FROM ${siteSchema(name)}.version`);
  return rows.map((row) => `${row.kind} ${row.path}`);
}

beforeAll(async () => {
  sites = await startSites({
    hubs: ['germany'],
    links: [
      ['brazil', 'germany'],
      ['spain', 'germany'],
    ],
    modes: { brazil: 'receiveOnly', spain: 'sendOnly' },
  });
});
afterAll(() => sites?.stop());

describe('a receive-only site', () => {
  it('restores what is edited, deleted or touched there, and keeps the edited content beside it', async () => {
    writeFileSync(at('germany', 'edited.txt'), 'the original');
    writeFileSync(at('germany', 'deleted.txt'), 'stays');
    await until(
      () => read('brazil', 'deleted.txt') === 'stays' && read('brazil', 'edited.txt') !== undefined,
      20_000,
      'arrived',
    );
    writeFileSync(at('brazil', 'edited.txt'), 'an edit in brazil');
    rmSync(at('brazil', 'deleted.txt'));
    await until(
      () => read('brazil', 'edited.txt') === 'the original' && read('brazil', 'deleted.txt') === 'stays',
      20_000,
      'given back',
    );
    const copy = await copyOf('edited');
    expect(read('brazil', copy)).toBe('an edit in brazil');
    expect(visible('germany').sort()).toEqual(['deleted.txt', 'edited.txt']);
  });

  it('keeps its new files to itself, until the name comes from elsewhere', async () => {
    writeFileSync(at('brazil', 'own.txt'), 'only here');
    writeFileSync(at('germany', 'later.txt'), 'a sign that all before it was seen');
    await until(() => read('brazil', 'later.txt') !== undefined, 20_000, 'the sign');
    await sites.get('brazil').api('/api/v1/settle', { method: 'POST' });
    expect(read('brazil', 'own.txt')).toBe('only here');
    expect(visible('germany')).not.toContain('own.txt');
    writeFileSync(at('germany', 'own.txt'), 'from germany');
    await until(() => read('brazil', 'own.txt') === 'from germany', 20_000, 'the new one');
    const copy = await copyOf('own');
    expect(read('brazil', copy)).toBe('only here');
    await until(async () => (await sites.get('brazil').status()).inSync, 20_000, 'in sync');
  });

  it('moves a directory of its own aside, with its contents, for a file of that name', async () => {
    mkdirSync(at('brazil', 'plans/deep'), { recursive: true });
    writeFileSync(at('brazil', 'plans/deep/own.txt'), 'only here');
    await sites.get('brazil').api('/api/v1/settle', { method: 'POST' });
    writeFileSync(at('germany', 'plans'), 'from germany');
    await until(() => read('brazil', 'plans') === 'from germany', 60_000, 'the file');
    const copy = await copyOf('plans');
    expect(read('brazil', `${copy}/deep/own.txt`)).toBe('only here');
    await until(async () => (await sites.get('brazil').status()).inSync, 20_000, 'in sync');
    expect(visible('germany').filter((name) => name.startsWith('plans'))).toEqual(['plans']);
  }, 90_000);
});

describe('a send-only site', () => {
  it('sends its changes and receives none', async () => {
    writeFileSync(at('spain', 'sent.txt'), 'from spain');
    await until(() => read('brazil', 'sent.txt') === 'from spain', 20_000, 'at brazil');
    expect(visible('spain')).toEqual(['sent.txt']);
    await until(async () => (await sites.get('spain').status()).inSync, 20_000, 'in sync');
  });

  it('wants nothing when an edit elsewhere wins over its deletion, or equals its file but for the time', async () => {
    writeFileSync(at('spain', 'both.txt'), 'from spain');
    await until(() => read('brazil', 'both.txt') === 'from spain', 20_000, 'at brazil');
    writeFileSync(at('germany', 'both.txt'), 'edited at germany');
    await until(() => read('brazil', 'both.txt') === 'edited at germany', 20_000, 'the edit at brazil');
    await sites.get('spain').api('/api/v1/settle', { method: 'POST' });
    rmSync(at('spain', 'both.txt'));
    await until(async () => (await sayings('spain')).includes('deleted both.txt'), 20_000, 'the deletion');
    await until(async () => (await sites.get('spain').status()).inSync, 20_000, 'in sync');
    expect(read('germany', 'both.txt')).toBe('edited at germany');
    expect(read('spain', 'both.txt')).toBeUndefined();
    expect(readdirSync(at('spain', '.sitesync/staging'))).toEqual([]);
  });
});
