import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { tlsAuthority, tlsKeys } from '../../src/operator/keys/tls.ts';
import type { Session } from '../../src/web/contract/session.ts';
import { createNetwork, eventually, kubectl, notOwn, ownCluster, type TestNetwork } from '../support/cluster.ts';
import { freePort } from '../support/net.ts';
import { CLIENT, passProvider, type Send, startProvider } from '../support/oidc.ts';

const DAYS = 30;

/** This machine's address in the network of the nodes: pods can reach it, and nothing outside of this machine can. */
async function addressHere(): Promise<string> {
  const query = '{.items[0].status.addresses[?(@.type=="InternalIP")].address}';
  const node = await kubectl(['get', 'nodes', '-o', `jsonpath=${query}`]);
  const near = node.slice(0, node.lastIndexOf('.') + 1);
  const all = Object.values(networkInterfaces()).flatMap((ones) => ones ?? []);
  return all.find(({ address }) => address.startsWith(near))!.address;
}

const secret = (name: string, stringData: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  stringData,
});

describe.skipIf(!ownCluster())(`a page in a pod${notOwn()}`, () => {
  let net: TestNetwork;
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let forward: ChildProcess;
  let origin: string;
  let send: Send;

  beforeAll(async () => {
    const port = await freePort();
    origin = `https://localhost:${port}`;
    const now = Date.now();
    const authority = await tlsAuthority({}, { network: 'login', phase: 'steady', days: DAYS, now });
    const ca = authority['tls.crt']!;
    const keysOf = async (name: string) => (await tlsKeys(authority, [name], {}, { days: DAYS, now })).files;
    net = await createNetwork('sign-in', [secret('berlin-page', await keysOf('localhost'))]);

    // Pods reach it through a Service, like a provider in the cluster; it runs here.
    const name = `login.${net.namespace}.svc`;
    const address = await addressHere();
    const keys = await keysOf(name);
    provider = await startProvider(
      [origin],
      (subject) => ({ preferred_username: subject, groups: subject === 'anna' ? ['makers'] : [] }),
      { name, address, tls: { cert: keys['tls.crt']!, key: keys['tls.key']! } },
    );
    const labels = { 'kubernetes.io/service-name': 'login' };
    const ports = [{ name: 'https', port: provider.port }];
    const oidc = {
      issuer: provider.issuer,
      clientId: CLIENT.id,
      secretName: 'berlin-oidc',
      url: origin,
      name: 'Acme',
      scopes: ['profile', 'groups'],
      folders: { projects: { editor: ['makers'] } },
    };
    const api = (kind: string, of: string, spec: object) => ({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind,
      metadata: { name: of },
      spec,
    });
    await net.apply(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'login' }, spec: { clusterIP: 'None', ports } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'login', labels },
        addressType: 'IPv4',
        endpoints: [{ addresses: [address], conditions: { ready: true } }],
        ports,
      },
      secret('berlin-oidc', { 'client-secret': CLIENT.secret, 'ca.crt': ca }),
      api('Site', 'berlin', { page: { tlsSecret: 'berlin-page', oidc } }),
      api('Hub', 'berlin', {}),
      api('SyncFolder', 'projects', { selector: {} }),
    );
    await net.ready();

    // As described in docs/kubernetes.md.
    const { kubectl: program, kubeconfig } = inject('cluster');
    const [file, ...first] = program.split(' ') as [string, ...string[]];
    const args = ['-n', net.namespace, 'port-forward', 'service/berlin', `${port}:443`];
    forward = spawn(file, [...first, `--kubeconfig=${kubeconfig}`, ...args], { stdio: 'ignore' });
    const dispatcher = new Agent({
      connect: {
        ca,
        lookup: (host, _options, found) => found(null, [{ address: host === name ? address : '127.0.0.1', family: 4 }]),
      },
    });
    send = (url, { method = 'GET', headers = {}, body = null, redirect = 'follow' }) => {
      const form = body instanceof URLSearchParams ? body : null;
      return fetch(url, { method, headers: [...new Headers(headers)], body: form, redirect, dispatcher });
    };
    const answers = () => send(`${origin}/api/v1/session`, {}).then(({ ok }) => ok);
    await eventually(answers, 30_000, 'the page');
  });
  afterAll(async () => {
    if (forward?.kill()) await once(forward, 'exit');
    await provider?.stop();
    await net?.remove();
  });

  /** A browser at the page. */
  function stranger() {
    const jar = new Map<string, string>();
    const go = async (path: string) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await send(new URL(path, origin).href, { redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return response;
    };
    return {
      go,
      session: async () => (await (await go('/api/v1/session')).json()) as Session,
      /** Returns where it ends. */
      async signIn(subject: string) {
        const start = await go('/api/v1/session/oidc/start?to=/f/projects');
        const back = await passProvider(start.headers.get('location')!, subject, send);
        expect(back.startsWith(`${origin}/api/v1/session/oidc/callback?`)).toBe(true);
        return (await go(back)).headers.get('location');
      },
    };
  }

  it('admits users that the provider knows, with the rights of their groups, and nobody else', async () => {
    const anna = stranger();
    const { user, signIn } = await anna.session();
    expect(user).toBeNull();
    expect(signIn.provider).toEqual({ name: 'Acme', start: `${origin}/api/v1/session/oidc/start`, state: 'ready' });
    expect((await anna.go('/api/v1/folders')).status).toBe(401);
    expect(await anna.signIn('anna')).toBe('/f/projects');
    expect((await anna.session()).user).toEqual({ name: 'anna', admin: false, folders: { projects: 'editor' } });
    expect((await anna.go('/api/v1/folders')).status).toBe(200);
    const nora = stranger();
    expect(await nora.signIn('nora')).toBe('/f/projects?sign-in=no-rights');
    expect((await nora.session()).user).toBeNull();
  });
});
