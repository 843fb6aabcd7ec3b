import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { Role } from '../../src/web/contract/session.ts';
import { hashPassword } from '../../src/web/people/password.ts';
import type { TestSite } from './agents.ts';

export const PASSWORD = 'correct horse';

/** Users of a site: everybody's password is {@link PASSWORD}. */
export async function writeUsers(
  site: Pick<TestSite, 'dir'>,
  users: { name: string; admin?: boolean; folders?: Record<string, Role> }[],
): Promise<void> {
  const password = await hashPassword(PASSWORD);
  const file = site.dir.page.users;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stringify({ users: users.map((user) => ({ ...user, password })) }), { mode: 0o600 });
}

export type Browser = ReturnType<typeof browser>;

/** As a browser: keeps cookies, sends the CSRF token. */
export function browser(site: Pick<TestSite, 'plan'>) {
  const origin = `http://127.0.0.1:${site.plan.page!.port}`;
  const cookies = new Map<string, string>();
  let csrf = '';
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has('cookie'))
      headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    if (!headers.has('x-csrf-token')) headers.set('x-csrf-token', csrf);
    const response = await fetch(`${origin}/api/v1${path}`, { ...init, headers });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  }
  const send = (method: string, path: string, body?: unknown) =>
    ask(path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  return {
    origin,
    cookies,
    ask,
    send,
    headers: () => ({
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      'x-csrf-token': csrf,
    }),
    async signIn(user: string, password = PASSWORD) {
      const response = await send('POST', '/session', { user, password });
      if (response.ok) csrf = ((await response.clone().json()) as { csrf: string }).csrf;
      return response;
    },
    /** The JSON of a good answer; throws with the problem of another. */
    async get<T>(path: string): Promise<T> {
      return good<T>(await ask(path));
    },
    async post<T>(path: string, body: unknown): Promise<T> {
      return good<T>(await send('POST', path, body));
    },
  };
}

async function good<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
