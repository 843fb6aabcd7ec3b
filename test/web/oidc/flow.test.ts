import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { writePlan } from '../../../src/agent/site/site-files.ts';
import type { Session, SignedOut, Users } from '../../../src/web/contract/session.ts';
import type { PublicShare, Share } from '../../../src/web/contract/shares.ts';
import type { Versions } from '../../../src/web/contract/versions.ts';
import { startSites } from '../../support/agents.ts';
import { CLIENT, type Forge, newKey, passProvider, signed, startProvider } from '../../support/oidc.ts';
import { browser, writeUsers } from '../../support/page.ts';
import { until } from '../../support/until.ts';

let sites: Awaited<ReturnType<typeof startSites>>;
let provider: Awaited<ReturnType<typeof startProvider>>;
let origin: string;
/** What the provider currently says about users. */
const groups: Record<string, string[]> = { anna: ['makers'], victor: ['staff'], nora: ['chess'], ida: ['it'] };

const settings = () => ({
  issuer: provider.issuer,
  clientId: CLIENT.id,
  clientSecret: CLIENT.secret,
  url: origin,
  name: 'Acme',
  scopes: ['profile', 'groups'],
  admins: ['it'],
  folders: { projects: { viewer: ['staff'], editor: ['makers'] } },
});
const setUp = (more: object = {}) => {
  const { oidc } = sites.get('brazil').dir.page;
  mkdirSync(dirname(oidc), { recursive: true });
  writeFileSync(oidc, stringify({ ...settings(), ...more }), { mode: 0o600 });
};
type Person = ReturnType<typeof browser>;
const stranger = () => browser(sites.get('brazil'));
const go = (who: Person, path: string, init: RequestInit = {}) => who.ask(path, { redirect: 'manual', ...init });
const begin = async (who: Person, to = '/') => {
  const sent = await go(who, `/session/oidc/start?to=${encodeURIComponent(to)}`);
  expect(sent.status).toBe(303);
  return sent.headers.get('location')!;
};
/** Returns to the page with the provider's response; tells where the page redirects. */
const comeBack = async (who: Person, callback: string) => {
  const { pathname, search } = new URL(callback);
  const back = await go(who, `${pathname.replace('/api/v1', '')}${search}`);
  return { status: back.status, to: back.headers.get('location'), cookies: back.headers.getSetCookie() };
};
const signIn = async (who: Person, subject: string, to = '/') =>
  comeBack(who, await passProvider(await begin(who, to), subject));
const session = (who: Person) => who.get<Session>('/session');
/** In the session, as the page would. */
async function change(who: Person, path: string, body: unknown, method = 'POST') {
  const { csrf } = await session(who);
  return who.ask(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrf ?? '' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

beforeAll(async () => {
  sites = await startSites({ hubs: ['brazil'], links: [], page: true });
  origin = `http://127.0.0.1:${sites.get('brazil').plan.page!.port}`;
  provider = await startProvider([origin, 'https://files.example'], (subject) => ({
    preferred_username: subject,
    name: `${subject} of Acme`,
    groups: groups[subject] ?? [],
  }));
  await writeUsers(sites.get('brazil'), [
    { name: 'root', admin: true },
    { name: 'bert', folders: { projects: 'editor' } },
  ]);
  setUp();
  await until(async () => (await fetch(`${origin}/api/v1/session`)).ok, 20_000, 'the page');
}, 120_000);
afterAll(async () => {
  await provider.stop();
  await sites.stop();
}, 60_000);
beforeEach(() => provider.forge(undefined));

test('a user known to the provider is signed in with the rights of their groups, and changes things in their name', async () => {
  const anna = stranger();
  expect((await session(anna)).signIn).toEqual({
    password: true,
    provider: { name: 'Acme', start: `${origin}/api/v1/session/oidc/start`, state: 'ready' },
  });
  const authorize = new URL(await begin(anna, '/f/projects?tab=where'));
  expect(Object.fromEntries(authorize.searchParams)).toMatchObject({
    client_id: CLIENT.id,
    redirect_uri: `${origin}/api/v1/session/oidc/callback`,
    response_type: 'code',
    code_challenge_method: 'S256',
    scope: 'openid profile groups',
  });
  const { status, to, cookies } = await comeBack(anna, await passProvider(authorize.href, 'anna'));
  expect([status, to]).toEqual([303, '/f/projects?tab=where']);
  expect(cookies.find((one) => one.startsWith('sitesync_brazil='))).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(cookies.find((one) => one.startsWith('sitesync_brazil_oidc='))).toMatch(
    /^sitesync_brazil_oidc=; .*1970.*HttpOnly/,
  );
  expect((await session(anna)).user).toEqual({ name: 'anna', admin: false, folders: { projects: 'editor' } });
  expect((await change(anna, '/folders/projects/directories', { path: 'made' })).status).toBe(200);
  const { versions } = await anna.get<Versions>('/folders/projects/versions?path=made');
  expect(versions[0]).toMatchObject({ author: 'anna', origin: 'brazil' });
  const victor = stranger();
  await signIn(victor, 'victor');
  expect((await change(victor, '/folders/projects/directories', { path: 'no' })).status).toBe(403);
  const ida = stranger();
  await signIn(ida, 'ida');
  const { users } = await ida.get<Users>('/users');
  expect(users.map(({ name, seen }) => [name, seen !== null])).toEqual(
    expect.arrayContaining([
      ['root', false],
      ['anna', true],
      ['ida', true],
    ]),
  );
});

test('a name that is taken is not given again, and gives no access to what belongs to its owner', async () => {
  groups.bert = ['makers'];
  const local = stranger();
  await local.signIn('bert');
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const share = await local.post<Share>('/shares', { folder: 'projects', path: '', kind: 'download', expires });
  const bert = stranger();
  await signIn(bert, 'bert');
  expect((await session(bert)).user?.name).toBe('bert-2');
  expect((await bert.get<{ shares: unknown[] }>('/shares')).shares).toEqual([]);
  expect((await change(bert, `/shares/${share.id}`, undefined, 'DELETE')).status).toBe(404);
  groups.brazil = ['makers'];
  const office = stranger();
  await signIn(office, 'brazil');
  expect((await session(office)).user?.name).toBe('brazil-2');
});

test('rights are those of the last sign-in: what was removed at the provider is gone here, shares too', async () => {
  groups.carl = ['makers'];
  const carl = stranger();
  await signIn(carl, 'carl');
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  const shared = await change(carl, '/shares', { folder: 'projects', path: '', kind: 'download', expires });
  const { link } = (await shared.json()) as Share;
  const guest = stranger();
  const token = link!.replace('/share', '/public');
  expect(await guest.get<PublicShare>(token)).toMatchObject({ by: 'carl', name: 'projects' });
  groups.carl = ['staff'];
  const again = stranger();
  await signIn(again, 'carl');
  expect((await session(carl)).user?.folders).toEqual({ projects: 'viewer' });
  expect((await guest.ask(token)).status).toBe(404);
  groups.carl = [];
  expect((await signIn(stranger(), 'carl', '/f/projects')).to).toBe('/f/projects?sign-in=no-rights');
  expect((await session(carl)).user).toBeNull();
  expect((await again.ask('/folders')).status).toBe(401);
});

test('a user without rights is not signed in', async () => {
  const nora = stranger();
  const { to, cookies } = await signIn(nora, 'nora', '/network');
  expect(to).toBe('/network?sign-in=no-rights');
  expect(cookies.some((one) => one.startsWith('sitesync_brazil='))).toBe(false);
  expect((await session(nora)).user).toBeNull();
});

test('a callback that was not started here, with another state, a second time, by HEAD, or with a denial has no effect', async () => {
  const anna = stranger();
  const callback = await passProvider(await begin(anna, '/search'), 'anna');
  expect((await comeBack(stranger(), callback)).to).toBe('/?sign-in=stale');
  const other = callback.replace(/state=[^&]+/, 'state=other');
  const keep = new Map(anna.cookies);
  expect((await comeBack(anna, other)).to).toBe('/?sign-in=stale');
  expect((await comeBack(anna, callback)).to).toBe('/?sign-in=stale');
  const restore = () => {
    for (const [name, value] of keep) anna.cookies.set(name, value);
  };
  restore();
  expect((await go(anna, callback.slice(`${origin}/api/v1`.length), { method: 'HEAD' })).status).toBe(405);
  restore();
  expect((await comeBack(anna, callback)).to).toBe('/search');
  expect((await session(anna)).user?.name).toBe('anna');
  restore();
  expect((await comeBack(anna, callback)).to).toBe('/?sign-in=stale');
  // The code of one sign-in within another: the verifier does not match.
  const used = await passProvider(await begin(stranger()), 'anna');
  const thief = stranger();
  const state = new URL(await begin(thief)).searchParams.get('state')!;
  expect((await comeBack(thief, used.replace(/state=[^&]+/, `state=${state}`))).to).toBe('/?sign-in=refused');
  const denied = stranger();
  const asked = new URL(await begin(denied)).searchParams.get('state')!;
  const answer = `${origin}/api/v1/session/oidc/callback?error=access_denied&state=${asked}&iss=${encodeURIComponent(provider.issuer)}`;
  expect((await comeBack(denied, `${answer}&error_description=<script>`)).to).toBe('/?sign-in=denied');
  const mixed = stranger();
  const one = await passProvider(await begin(mixed), 'anna');
  const wrong = one.replace(/iss=[^&]+/, `iss=${encodeURIComponent('https://evil.example')}`);
  expect((await comeBack(mixed, wrong)).to).toBe('/?sign-in=refused');
  expect((await session(mixed)).user).toBeNull();
});

test('an ID token that is not exactly as requested, from the provider, for this page, signs nobody in', async () => {
  const now = () => Math.floor(Date.now() / 1000);
  const strange = newKey('first');
  const withClaims =
    (change: object): Forge =>
    ({ header, payload }, _token, key) =>
      signed({ header, payload: { ...payload, ...change } }, key);
  const forgeries: Record<string, Forge> = {
    'not signed': ({ header, payload }) => signed({ header: { ...header, alg: 'none' }, payload }),
    'not signed, and said to be': ({ header, payload }) => signed({ header, payload }),
    'signed by another key': ({ header, payload }) => signed({ header, payload }, strange),
    'signed by a key that it brings along': ({ header, payload }) =>
      signed({ header: { ...header, jwk: { kty: strange.kty, n: strange.n, e: strange.e } }, payload }, strange),
    'signed by our secret': ({ header, payload }) =>
      signed({ header: { ...header, alg: 'HS256' }, payload }, CLIENT.secret),
    'signed by the public key as a secret': ({ header, payload }, _token, key) =>
      signed({ header: { ...header, alg: 'HS256' }, payload }, String(key.n)),
    'for another page': withClaims({ aud: 'another' }),
    'for two pages, granted to another': withClaims({ aud: [CLIENT.id, 'another'], azp: 'another' }),
    'of another provider': withClaims({ iss: 'https://evil.example' }),
    expired: withClaims({ exp: now() - 120, iat: now() - 600 }),
    'with another nonce': withClaims({ nonce: 'another' }),
    'without a nonce': ({ header, payload: { nonce: _nonce, ...payload } }, _token, key) =>
      signed({ header, payload }, key),
    'without a subject': ({ header, payload: { sub: _sub, ...payload } }, _token, key) =>
      signed({ header, payload }, key),
    'of another subject than the provider tells elsewhere': withClaims({ sub: 'ida' }),
    'changed afterwards': ({ payload }, token) => {
      const [header, , signature] = token.split('.');
      const changed = Buffer.from(JSON.stringify({ ...payload, sub: 'ida' })).toString('base64url');
      return `${header}.${changed}.${signature}`;
    },
  };
  for (const [name, forge] of Object.entries(forgeries)) {
    provider.forge(forge);
    const anna = stranger();
    expect([name, (await signIn(anna, 'anna')).to]).toEqual([name, '/?sign-in=refused']);
    expect([name, (await session(anna)).user]).toEqual([name, null]);
  }
  // Within the tolerance for clocks.
  provider.forge(withClaims({ exp: now() - 20, iat: now() - 600 }));
  expect((await signIn(stranger(), 'anna')).to).toBe('/');
});

test('the provider rotates its key between two sign-ins', async () => {
  expect((await signIn(stranger(), 'anna')).to).toBe('/');
  await provider.rotate();
  expect((await signIn(stranger(), 'anna')).to).toBe('/');
});

test('without the provider users with a password can sign in, and the page says why others cannot', async () => {
  const waiting = stranger();
  const callback = await passProvider(await begin(waiting), 'anna');
  await provider.stop();
  const cut = await comeBack(waiting, callback);
  expect(cut.to).toBe('/?sign-in=unreachable');
  // Settings that were not used yet: nothing is cached about the provider.
  setUp({ name: 'Acme again' });
  const anna = stranger();
  const { signIn: ways } = await session(anna);
  expect(ways).toMatchObject({ password: true, provider: { name: 'Acme again', state: 'unreachable' } });
  const sent = await go(anna, '/session/oidc/start?to=/f/projects');
  expect([sent.status, sent.headers.get('location')]).toEqual([303, '/f/projects?sign-in=unreachable']);
  expect((await anna.signIn('root')).status).toBe(200);
  await provider.start();
  expect((await signIn(stranger(), 'anna')).to).toBe('/');
  setUp();
});

test('redirects back to this page and nowhere else, whatever the Host header says', async () => {
  for (const to of ['//evil.example/', 'https://evil.example', '/\\evil.example', '/api/v1/session'])
    expect([to, (await signIn(stranger(), 'anna', to)).to]).toEqual([to, '/']);
  const sent = await go(stranger(), '/session/oidc/start', {
    headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
  });
  expect(sent.headers.get('location')).toContain(encodeURIComponent(`${origin}/api`));
  expect(sent.headers.get('location')).not.toContain('evil');
});

test('behind a proxy the page uses its configured address, and its cookies require TLS', async () => {
  setUp({ url: 'https://files.example' });
  const anna = stranger();
  const sent = await go(anna, '/session/oidc/start?to=/network');
  expect(sent.headers.getSetCookie()[0]).toMatch(/^sitesync_brazil_oidc=.*; HttpOnly; Secure; SameSite=Lax$/);
  const callback = await passProvider(sent.headers.get('location')!, 'anna');
  expect(callback).toMatch(/^https:\/\/files\.example\/api\/v1\/session\/oidc\/callback\?code=/);
  const { to, cookies } = await comeBack(anna, callback);
  expect(to).toBe('/network');
  expect(cookies.find((one) => one.startsWith('sitesync_brazil='))).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  const { provider: there } = (await (await change(anna, '/session', undefined, 'DELETE')).json()) as SignedOut;
  expect(new URL(there!).searchParams.get('post_logout_redirect_uri')).toBe('https://files.example/');
  setUp();
});

test("signing out ends the session, and leads to the provider's sign-out", async () => {
  const anna = stranger();
  await signIn(anna, 'anna');
  const kept = anna.headers().cookie;
  const { provider: there } = (await (await change(anna, '/session', undefined, 'DELETE')).json()) as SignedOut;
  const url = new URL(there!);
  expect(url.href.startsWith(`${provider.issuer}/session/end?`)).toBe(true);
  expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${origin}/`);
  expect(url.searchParams.get('id_token_hint')).toMatch(/^eyJ/);
  expect((await anna.ask('/folders', { headers: { cookie: kept } })).status).toBe(401);
  const page = await fetch(url);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('/session/end/confirm')]);
  const root = stranger();
  await root.signIn('root');
  expect(await (await change(root, '/session', undefined, 'DELETE')).json()).toEqual({ provider: null });
});

test('a session ends on time, with the settings, or with another provider; mistakes in the file change nothing and are reported', async () => {
  const anna = stranger();
  await signIn(anna, 'anna');
  const { dir } = sites.get('brazil');
  const stored = () =>
    JSON.parse(readFileSync(join(dir.page.state, 'sessions.json'), 'utf8')) as { expires: number; user: string }[];
  expect(Math.round((stored().at(-1)!.expires - Date.now()) / 3_600_000)).toBe(12);
  setUp({ sessionHours: 1 });
  await signIn(stranger(), 'anna');
  expect(Math.round((stored().at(-1)!.expires - Date.now()) / 3_600_000)).toBe(1);
  expect(readFileSync(join(dir.page.state, 'persons.json'), 'utf8')).not.toContain('chess');
  writeFileSync(dir.page.oidc, `clientSecret: [${CLIENT.secret}`);
  const errors = async () => (await sites.get('brazil').status()).errors as string[];
  const told = await until(
    async () => (await errors()).find((one) => one.startsWith('sign-in by a provider: ')),
    20_000,
  );
  expect(told).toMatch(/oidc.yaml:1: is not YAML .*Correct that line$/);
  expect((await session(anna)).user?.name).toBe('anna');
  setUp({ folders: {} });
  expect((await session(anna)).user).toBeNull();
  setUp({ clientId: 'another' });
  expect((await session(anna)).user).toBeNull();
  setUp();
  expect((await session(anna)).user?.name).toBe('anna');
  rmSync(dir.page.oidc);
  expect(await session(anna)).toMatchObject({ user: null, signIn: { password: true, provider: null } });
  expect((await go(anna, '/session/oidc/start')).headers.get('location')).toBe('/?sign-in=unreachable');
  await until(async () => (await errors()).length === 0, 20_000, 'no errors');
  setUp();
});

test('settings in the Site are used as soon as they exist, with the secret in a file of its own', async () => {
  const { dir, plan } = sites.get('brazil');
  const { clientSecret, ...oidc } = settings();
  rmSync(dir.page.oidc);
  mkdirSync(dirname(dir.page.oidcSecret), { recursive: true });
  writeFileSync(dir.page.oidcSecret, `${clientSecret}\n`, { mode: 0o600 });
  writePlan(dir, { ...plan, oidc: { ...oidc, name: 'Acme of the plan' } });
  const anna = stranger();
  await until(async () => (await session(anna)).signIn.provider?.name === 'Acme of the plan', 40_000, 'the plan');
  expect((await signIn(anna, 'anna', '/shares')).to).toBe('/shares');
  expect((await session(anna)).user?.folders).toEqual({ projects: 'editor' });
  // Without its secret it is another client to the provider.
  rmSync(dir.page.oidcSecret);
  expect((await signIn(stranger(), 'anna')).to).toBe('/?sign-in=refused');
});
