import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { expect, test } from 'vitest';
import { OidcSettings } from '../../../src/api/oidc.ts';
import { createProvider, Unreachable } from '../../../src/web/people/oidc/provider.ts';

/** A server that answers like a provider, but is not one. */
async function against<T>(
  answer: RequestListener,
  use: (provider: ReturnType<typeof createProvider>, issuer: string) => Promise<T>,
) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = OidcSettings.parse({ issuer, clientId: 'page', url: 'https://files.example' });
  const provider = createProvider({ settings, secret: 'hush' }, Date.now);
  try {
    return await use(provider, issuer);
  } finally {
    provider.close();
    server.closeAllConnections();
    server.close();
  }
}
const expected = { state: 's', nonce: 'n', verifier: 'v'.repeat(43) };
const metadata = (issuer: string) => ({
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
});

test('a provider that redirects, claims to be another, sends without end or sends nonsense counts as unreachable', async () => {
  let asked = 0;
  const elsewhere = createServer((_request, response) => {
    asked++;
    response.end('{}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const other = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
  const json =
    (text: string): RequestListener =>
    (_request, response) =>
      void response.setHeader('content-type', 'application/json').end(text);
  const answers: Record<string, RequestListener> = {
    'leads elsewhere': (_request, response) => void response.writeHead(302, { location: other }).end(),
    'is another one': json(JSON.stringify(metadata('https://evil.example'))),
    'talks without end': (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.write('{"a":"');
      const more = () => void (response.destroyed || response.write('a'.repeat(65_536), more));
      more();
    },
    'is no JSON': json('<html>'),
    'is ill': (_request, response) => void response.writeHead(500).end('the secret is hush'),
  };
  for (const [name, answer] of Object.entries(answers)) {
    await against(answer, async (provider) => {
      const error = await provider.authorize(expected).catch((why: unknown) => why);
      expect([name, error instanceof Unreachable]).toEqual([name, true]);
      expect((error as Error).message).not.toContain('hush');
      expect([name, await provider.answers()]).toEqual([name, false]);
    });
  }
  elsewhere.close();
  expect(asked).toBe(0);
});

test('somebody who only wants to see the page does not wait for a provider that does not respond', async () => {
  await against(
    () => undefined,
    async (provider) => {
      const begun = Date.now();
      await provider.answers();
      expect(Date.now() - begun).toBeLessThan(5000);
    },
  );
});

test('nobody is redirected to something other than a web address', async () => {
  await against(
    (request, response) => {
      const issuer = `http://${request.headers.host}`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ ...metadata(issuer), authorization_endpoint: 'javascript:alert(1)' }));
    },
    async (provider) => {
      await expect(provider.authorize(expected)).rejects.toThrow(/HTTP/);
    },
  );
});

test('a provider with a private authority is trusted where that authority is configured, and nowhere else', async () => {
  const hour = 3_600_000;
  const made = await generate([{ name: 'commonName', value: 'login.example' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - hour),
    notAfterDate: new Date(Date.now() + hour),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const server = createSecureServer({ cert: made.cert, key: made.private }, (request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(metadata(`https://${request.headers.host}`)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = OidcSettings.parse({ issuer, clientId: 'page', url: 'https://files.example' });
  const [known, unknown] = [{ settings, ca: made.cert }, { settings }].map((from) => createProvider(from, Date.now));
  expect(await known!.authorize(expected)).toContain(`${issuer}/auth?`);
  await expect(unknown!.authorize(expected)).rejects.toThrow(Unreachable);
  for (const provider of [known, unknown]) provider!.close();
  server.closeAllConnections();
  server.close();
});
