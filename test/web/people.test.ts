import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseQuery } from '../../src/web/http/query.ts';
import { isAtLeast, roleIn } from '../../src/web/people/accounts.ts';
import { createAttempts } from '../../src/web/people/attempts.ts';
import { checkPassword, hashPassword, isPasswordHash } from '../../src/web/people/password.ts';
import { openSessions } from '../../src/web/people/sessions.ts';
import { createTurns } from '../../src/web/people/turns.ts';
import { followUsers, parseUsers } from '../../src/web/people/users.ts';
import { createOutbox } from '../../src/web/routes/outbox.ts';
import { until } from '../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-people-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Of the reference implementation of Argon2: "password" with the salt "somesalt". */
const REFERENCE = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('hashes from other programs are understood, and ours are as long', async () => {
  expect(await checkPassword('password', REFERENCE)).toBe(true);
  expect(await checkPassword('Password', REFERENCE)).toBe(false);
  const own = await hashPassword('geheim');
  expect(await checkPassword('geheim', own)).toBe(true);
  for (const bad of ['', 'plain', REFERENCE.replace('m=65536', 'm=9999999'), REFERENCE.replace('t=2', 't=999')])
    expect([bad, isPasswordHash(bad)]).toEqual([bad, false]);
});

/** Test vectors of the crypt_blowfish package, under all names of the algorithm. */
const BCRYPT: [password: string, hash: string][] = [
  ['U*U', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U*', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK'],
  ['U*U', '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
  ['U*U', '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'],
];

test('bcrypt hashes with all three names are accepted; too expensive ones are rejected on input', async () => {
  for (const [password, hash] of BCRYPT) {
    expect([hash, isPasswordHash(hash), await checkPassword(password, hash)]).toEqual([hash, true, true]);
    expect(await checkPassword(`${password}x`, hash)).toBe(false);
  }
  const [, hash] = BCRYPT[0]!;
  for (const bad of [
    hash.replace('$05$', '$15$'),
    hash.replace('$05$', '$03$'),
    hash.slice(0, -1),
    hash.replace('2a', '2x'),
  ])
    expect([bad, isPasswordHash(bad), await checkPassword('U*U', bad)]).toEqual([bad, false, false]);
});

test('users: all mistakes are reported at once; the last valid file is used', async () => {
  const ending = new AbortController();
  const file = join(temp, 'users.yaml');
  const good = `users: [{name: anna, password: "${REFERENCE}", folders: {"*": viewer, projects: editor}}]`;
  expect(() => parseUsers('users: [{name: "<b>", password: x, folders: {a: king}}]', file)).toThrow(
    /users.0.name.*\n.*users.0.password.*\n.*users.0.folders.a/,
  );
  expect(() => parseUsers(good.replace(/\[(.*)\]$/, '[$1, $1]'), file)).toThrow('twice');
  writeFileSync(file, good);
  const troubles: string[] = [];
  const users = followUsers(file, (why) => void (why === undefined || troubles.push(why)), ending.signal);
  const anna = users.find('anna')!;
  expect([roleIn(anna, 'projects'), roleIn(anna, 'other'), isAtLeast('viewer', 'editor')]).toEqual([
    'editor',
    'viewer',
    false,
  ]);
  writeFileSync(file, 'users: 7 and more');
  await until(() => troubles.length > 0);
  expect(users.find('anna')).toBeDefined();
  writeFileSync(file, 'users: []');
  await until(() => users.find('anna') === undefined);
  ending.abort();
});

test('sessions survive a restart, expire in time, and cannot be taken from their file', () => {
  const file = join(temp, 'page', 'sessions.json');
  let now = 1_000_000;
  const id = openSessions(file, () => now).begin({ id: 'anna', proof: `password ${REFERENCE}` });
  expect(readFileSync(file, 'utf8')).not.toContain(id);
  const again = openSessions(file, () => now);
  expect(again.find(id)?.user).toBe('anna');
  expect(again.find(`${id}x`)).toBeUndefined();
  now += 12 * 3_600_000;
  expect(again.find(id)).toBeUndefined();
});

test('attempts are counted in a sliding window', () => {
  let now = 0;
  const attempts = createAttempts(2, 1000, () => now);
  attempts.failed('a');
  now = 500;
  attempts.failed('a');
  expect([attempts.wait('a'), attempts.wait('b')]).toEqual([1, 0]);
  now = 1001;
  expect(attempts.wait('a')).toBe(0);
});

test('a right password takes back its own attempt and no other', () => {
  const attempts = createAttempts(3, 1000, () => 0);
  attempts.failed('address');
  attempts.failed('address');
  attempts.failed('address');
  attempts.forgive('address');
  expect(attempts.wait('address')).toBe(0);
  attempts.failed('address');
  expect(attempts.wait('address')).toBe(1);
  attempts.clear('address');
  expect(attempts.wait('address')).toBe(0);
});

test('tasks beyond the limit wait for their turn, in order, and some fail', async () => {
  const turns = createTurns(2, 3);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const task = (id: number) =>
    turns.run(async () => {
      begun.push(id);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (id === 0) throw new Error('failed');
    });
  const results = Promise.allSettled([0, 1, 2, 3, 4].map(task));
  await expect(task(5)).rejects.toThrow('too many attempts');
  expect(begun).toEqual([0, 1]);
  for (let i = 0; i < 5; i++) {
    await until(() => ends.length > i);
    ends[i]!();
  }
  expect((await results).map(({ status }) => status)).toEqual(['rejected', ...Array<string>(4).fill('fulfilled')]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  // All places are free again.
  await Promise.all([turns.run(async () => undefined), turns.run(async () => undefined)]);
});

test('the many sessions of one user end none of another', () => {
  const sessions = openSessions(join(temp, 'many', 'sessions.json'), () => 1);
  const begin = (id: string) => sessions.begin({ id, proof: 'same' });
  const bea = begin('bea');
  const anna = Array.from({ length: 51 }, () => begin('anna'));
  expect(anna.map((id) => sessions.find(id) !== undefined)).toEqual([false, ...Array<boolean>(50).fill(true)]);
  expect(sessions.find(bea)?.user).toBe('bea');
});

test('queries are parsed to bytes', () => {
  expect(parseQuery('path=a%FF+b%2Fc&x&limit=5&path=last')).toEqual({ path: 'last', x: '', limit: '5' });
  expect(parseQuery('path=a%FF+b')).toEqual({ path: 'a\xff+b' });
});

test('however much happens, the outbox of a slow client stays small', () => {
  const outbox = createOutbox();
  for (let i = 0; i < 100_000; i++)
    outbox.put({ type: 'changed', folder: i % 2 ? 'a' : 'b', directories: [`${i % 300}`] });
  for (let i = 0; i < 10; i++) outbox.put({ type: 'network' });
  outbox.put({ type: 'changed', folder: 'c', directories: ['x'] });
  expect(outbox.take((folder) => folder !== 'b')).toEqual([
    { type: 'changed', folder: 'a', directories: null },
    { type: 'changed', folder: 'c', directories: ['x'] },
    { type: 'network' },
  ]);
  expect(outbox.take(() => true)).toEqual([]);
});
