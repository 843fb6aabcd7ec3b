import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type Configuration, type JWK, Provider } from 'oidc-provider';
import { freePort } from './net.ts';

export const CLIENT = { id: 'sitesync', secret: 'the secret of the client' };

/** What a person has at the provider, beside their subject. */
export type ClaimsOf = (subject: string) => { preferred_username?: string; groups?: unknown; [claim: string]: unknown };

type Token = { header: Record<string, unknown>; payload: Record<string, unknown> };
/** Gives another ID token in place of the one that the provider made. */
export type Forge = (token: Token, idToken: string, key: JWK) => string;

/** Where a provider is, other than on loopback. */
export interface ProviderPlace {
  /** How it is called. */
  name: string;
  /** The address of this machine at which it listens. */
  address: string;
  tls: { cert: string; key: string };
}

/** A real provider, on loopback unless told otherwise, in which everybody signs in with the subject that they type. */
export async function startProvider(pages: string[], claims: ClaimsOf, place?: ProviderPlace) {
  const port = await freePort();
  const issuer = place ? `https://${place.name}:${port}` : `http://127.0.0.1:${port}`;
  let key = newKey('first');
  let forge: Forge | undefined;
  let server: Server | undefined;

  async function start(): Promise<void> {
    const provider = quietly(() => new Provider(issuer, configuration(pages, key, claims)));
    provider.use(async (context, next) => {
      await next();
      const body = context.body as { id_token?: string } | undefined;
      if (context.path === '/token' && forge && body?.id_token !== undefined)
        body.id_token = forge(decode(body.id_token), body.id_token, key);
    });
    const handle = quietly(() => provider.callback());
    const serve: RequestListener = (request, response) => void handle(request, response);
    server = place ? createTlsServer(place.tls, serve) : createServer(serve);
    await new Promise<void>((resolve) => server!.listen(port, place?.address ?? '127.0.0.1', resolve));
  }
  async function stop(): Promise<void> {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  }
  await start();
  return {
    issuer,
    port,
    start,
    stop,
    /** Signs with another key from now on; the old one is gone. */
    async rotate() {
      await stop();
      key = newKey(`next ${Date.now()}`);
      await start();
    },
    forge(next: Forge | undefined) {
      forge = next;
    },
  };
}

/** It says on every start that it is set up for tests. */
function quietly<T>(make: () => T): T {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}

function configuration(pages: string[], key: JWK, claims: ClaimsOf): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: pages.map((page) => `${page}/api/v1/session/oidc/callback`),
        post_logout_redirect_uris: pages.map((page) => `${page}/`),
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['a key of tests'] },
    scopes: ['openid', 'profile', 'groups'],
    claims: { openid: ['sub'], profile: ['preferred_username', 'name'], groups: ['groups'] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims(id) }) }),
    ttl: { AccessToken: 300, AuthorizationCode: 60, IdToken: 300, Interaction: 300, Session: 300, Grant: 300 },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
  };
}

export function newKey(kid: string): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

const decode = (token: string): Token => {
  const [header, payload] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return { header, payload };
};

/** A JWS as whoever holds the key would make it; without a key an unsigned one. */
export function signed({ header, payload }: Token, key?: JWK | string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(payload)}`;
  if (key === undefined) return `${text}.`;
  const signature =
    typeof key === 'string'
      ? createHmac('sha256', key).update(text).digest()
      : sign('sha256', Buffer.from(text), { key: key as never, format: 'jwk' });
  return `${text}.${signature.toString('base64url')}`;
}

/** What sends a request of a browser. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** As a browser at the provider: signs in as `subject`, agrees, and tells where it is sent back to. */
export async function passProvider(authorize: string, subject: string, send: Send = fetch): Promise<string> {
  const issuer = new URL(authorize).origin;
  const jar = new Map<string, string>();
  const ask = async (url: string, form?: Record<string, string>) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await send(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  };
  let response = await ask(authorize);
  for (let steps = 0; steps < 12; steps++) {
    const location = response.headers.get('location');
    if (location !== null) {
      const next = new URL(location, issuer).href;
      if (!next.startsWith(`${issuer}/`)) return next;
      response = await ask(next);
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1];
    if (action === undefined || prompt === undefined) throw new Error(`the provider says ${response.status}: ${page}`);
    const form = prompt === 'login' ? { prompt, login: subject, password: 'any' } : { prompt };
    response = await ask(new URL(action, issuer).href, form);
  }
  throw new Error('the provider does not come to an end');
}
