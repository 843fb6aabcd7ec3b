import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { OidcSettings } from '../../../src/api/oidc.ts';
import { isVouched, roleIn } from '../../../src/web/people/accounts.ts';
import { freeName, wantedName } from '../../../src/web/people/oidc/name.ts';
import { openPersons } from '../../../src/web/people/oidc/persons.ts';
import { returnPath } from '../../../src/web/people/oidc/return-path.ts';
import { claimAt, groupsOf, rightsOf } from '../../../src/web/people/oidc/rights.ts';
import { followOidc, parseOidcFile } from '../../../src/web/people/oidc/settings.ts';
import { createTransactions, TRANSACTION_MS } from '../../../src/web/people/oidc/transaction.ts';
import { until } from '../../support/until.ts';

const temp = mkdtempSync(join(tmpdir(), 'sitesync-oidc-'));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

const settings = (more: Partial<OidcSettings> = {}) =>
  OidcSettings.parse({ issuer: 'https://login.example/acme', clientId: 'page', url: 'https://files.example', ...more });

test('rights come from the groups that the settings mention, and from nothing else', () => {
  const some = settings({
    admins: ['it'],
    folders: { projects: { viewer: ['staff', 'it'], editor: ['makers'] }, '*': { viewer: ['staff'] } },
  });
  const rights = (claims: Record<string, unknown>) => rightsOf(some, groupsOf(some, claims));
  expect(rights({ groups: ['staff', 'makers', 'chess'] })).toEqual({
    admin: false,
    folders: { projects: 'editor', '*': 'viewer' },
  });
  expect(groupsOf(some, { groups: ['chess', 'staff', 'staff'] })).toEqual(['staff']);
  expect(rights({ groups: 'it' })).toEqual({ admin: true, folders: { projects: 'viewer' } });
  for (const groups of [undefined, null, [], ['Staff', 'chess'], [['staff']], { staff: true }, 7, [{}], 'staff,it'])
    expect([groups, rights({ groups })]).toEqual([groups, undefined]);
  expect(rightsOf(settings({ defaultRole: 'viewer' }), [])).toEqual({ admin: false, folders: { '*': 'viewer' } });
  expect(rightsOf(settings({ defaultRole: 'none' }), [])).toBeUndefined();
});

test('nested claims are found, but not properties that every object has', () => {
  expect(claimAt({ realm_access: { roles: ['a'] } }, 'realm_access.roles')).toEqual(['a']);
  expect(claimAt({ 'https://acme.example/groups': ['a'] }, 'https://acme.example/groups')).toEqual(['a']);
  for (const path of ['constructor', '__proto__', 'a.constructor', 'a.b.c', 'groups.length'])
    expect([path, claimAt({ a: {} }, path)]).toEqual([path, undefined]);
  expect(roleIn({ admin: false, folders: {} }, 'constructor')).toBeUndefined();
});

test('names use the characters allowed here, and no two people have the same', () => {
  expect(wantedName(settings(), { preferred_username: 'anna', sub: 'x' })).toBe('anna');
  expect(wantedName(settings({ nameClaim: 'name' }), { name: '<b>Anna</b>\n Ünal\u202e', sub: 'x' })).toBe(
    'b Anna b Ünal',
  );
  expect(wantedName(settings(), { preferred_username: '\u202e/', email: 'a@b.example', sub: 'x' })).toBe('a@b.example');
  expect(wantedName(settings(), { preferred_username: 7, sub: '---' })).toBe('somebody');
  expect(freeName('anna', ['Anna', 'anna-2'])).toBe('anna-3');
  expect(freeName('brazil', ['brazil'])).toBe('brazil-2');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.string(), { maxLength: 5 }),
      (text, taken) => {
        const wanted = wantedName(settings(), { preferred_username: text, sub: text });
        const name = freeName(wanted, taken);
        expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._@ -]{0,99}$/u);
        expect(taken).not.toContain(name);
      },
    ),
  );
});

test('users are identified by issuer and subject; the name stays, whatever the provider calls them later', () => {
  let now = 1000;
  const persons = openPersons(join(temp, 'persons.json'), () => now);
  const who = { issuer: 'https://a.example', subject: '1', wanted: 'anna', groups: ['staff'] };
  const anna = persons.signedIn(who, ['admin']);
  now = 2000;
  const again = persons.signedIn({ ...who, wanted: 'root', groups: [] }, ['admin']);
  expect(again).toEqual({ ...anna, groups: [], seen: 2000 });
  expect(persons.signedIn({ ...who, subject: '2' }, []).name).toBe('anna-2');
  expect(persons.signedIn({ ...who, issuer: 'https://b.example' }, []).name).toBe('anna-3');
  expect(openPersons(join(temp, 'persons.json'), () => now).all()).toHaveLength(3);
  expect([
    isVouched({}, 5e12),
    isVouched({ seen: 0 }, 29 * 86_400_000),
    isVouched({ seen: 0 }, 31 * 86_400_000),
  ]).toEqual([true, true, false]);
});

test('a sign-in is accepted once, in time, with its own state, and cannot be forged', () => {
  let now = 0;
  const transactions = createTransactions(() => now);
  const begun = { state: 's', nonce: 'n', verifier: 'v', at: 'a', to: '/f' };
  const sealed = transactions.seal(begun);
  expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('nonce');
  expect(transactions.take(sealed, 'other')).toBeUndefined();
  expect(transactions.take(`${sealed.slice(0, -2)}AA`, 's')).toBeUndefined();
  expect(createTransactions(() => now).take(sealed, 's')).toBeUndefined();
  for (const forged of ['', 'x', 'AAAA', '\0'.repeat(50)]) expect(transactions.take(forged, 's')).toBeUndefined();
  expect(transactions.take(sealed, 's')).toMatchObject(begun);
  expect(transactions.take(sealed, 's')).toBeUndefined();
  const late = transactions.seal({ ...begun, state: 't' });
  now = TRANSACTION_MS;
  expect(transactions.take(late, 't')).toBeUndefined();
});

test('whatever is requested, redirects stay on this page', () => {
  const bad = [
    '//evil.example',
    '/\\evil.example',
    '\\/evil',
    'https://evil.example/',
    'javascript:alert(1)',
    '/x/..//evil.example',
  ];
  const odd = [
    '',
    'f/projects',
    '/\t/evil.example',
    '/%0d%0aset-cookie:a',
    '/a\r\nb',
    '/api/v1/session',
    '/./api/v1/events',
    '/.//evil',
  ];
  for (const asked of [undefined, ...bad, ...odd, `/${'a'.repeat(5000)}`]) {
    const path = returnPath(asked);
    expect([asked, new URL(path, 'https://files.example').origin]).toEqual([asked, 'https://files.example']);
    if (asked !== '/%0d%0aset-cookie:a') expect([asked, path]).toEqual([asked, '/']);
  }
  expect(returnPath('/f/projects/a%20b?show=a%20b%2Fc&tab=where')).toBe('/f/projects/a%20b?show=a%20b%2Fc&tab=where');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `/${text}`),
      ),
      (asked) => {
        const path = returnPath(asked);
        expect(path).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
        expect(new URL(path, 'https://files.example').host).toBe('files.example');
      },
    ),
  );
});

test('every mistake in a file is reported; the last valid one is used, and the plan where there is no file', async () => {
  const ending = new AbortController();
  const at = (name: string) => join(temp, 'set', name);
  mkdirSync(join(temp, 'set'));
  expect(() =>
    parseOidcFile('issuer: http://login.example\nclientId: 7\nurl: https://a.example/page\nrole: x', 'oidc.yaml'),
  ).toThrow(
    /oidc.yaml: issuer: is not an issuer.*\n.*clientId: is not text. Put it in quotes\n.*url: is not the address of a page.*\n.*role/s,
  );
  let planned: OidcSettings | undefined;
  const told: (string | undefined)[] = [];
  const sources = {
    file: at('oidc.yaml'),
    secret: at('client-secret'),
    authority: at('ca.crt'),
    planned: () => planned,
  };
  const follow = followOidc(sources, (why) => told.push(why), ending.signal);
  expect(follow()).toEqual({ settings: undefined, problem: undefined });
  planned = settings();
  expect(follow().settings).toEqual({ settings: planned });
  writeFileSync(at('client-secret'), 'hush\n');
  await until(() => follow().settings?.secret === 'hush');
  expect(follow().settings).toBe(follow().settings);
  writeFileSync(
    at('oidc.yaml'),
    `issuer: http://127.0.0.1:9\nclientId: own\nurl: http://localhost:1\nclientSecret: mine\n`,
  );
  await until(() => follow().settings?.settings.clientId === 'own');
  expect(follow().settings?.secret).toBe('mine');
  writeFileSync(at('oidc.yaml'), 'a: 1\nclientSecret: [hush');
  await until(() => follow().problem);
  expect(follow()).toMatchObject({
    settings: { settings: { clientId: 'own' } },
    problem: `${at('oidc.yaml')}:2: is not YAML (bad indent). Correct that line`,
  });
  writeFileSync(at('ca.crt'), 'no certificate');
  rmSync(at('oidc.yaml'));
  await until(() => follow().problem?.includes('ca.crt: is not a certificate'));
  rmSync(at('ca.crt'));
  await until(() => follow().problem === undefined);
  expect(follow().settings).toEqual({ settings: planned, secret: 'hush' });
  ending.abort();
  expect(told).toContain(undefined);
  expect(readFileSync(at('client-secret'), 'utf8')).toBe('hush\n');
});
