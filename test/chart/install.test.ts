import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELM, INSTALL } from '../../hack/install-manifest.ts';
import { runOperator } from '../../src/operator/main.ts';
import { type ApiServer, KUBE, startApiServer } from '../support/api-server.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

const missing = 'missing' in KUBE ? KUBE.missing : 'missing' in HELM ? HELM.missing : undefined;

describe.skipIf(missing)(`the chart on a real API server${missing ? ` (${missing})` : ''}`, () => {
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-chart-'));
  let server: ApiServer;
  const kubectl = (...args: string[]) => server.kubectl(args);
  const helm = (...args: string[]) => {
    if ('missing' in HELM) throw new Error(HELM.missing);
    const env = { ...process.env, HELM_CACHE_HOME: temp, HELM_CONFIG_HOME: temp, HELM_DATA_HOME: temp };
    return execFileSync(HELM.path, [`--kubeconfig=${server.kubeconfig}`, ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      env,
    });
  };
  const names = (kind: string, namespace: string) =>
    kubectl('get', kind, '-n', namespace, '-o', 'name').trim().split('\n');
  const can = (account: string, namespace: string, verb: string, resource: string) => {
    try {
      return kubectl('auth', 'can-i', verb, resource, '-n', namespace, `--as=system:serviceaccount:${account}`).trim();
    } catch (error) {
      return String((error as { stdout?: string }).stdout).trim();
    }
  };

  /** Runs the operator with the permissions of a service account while `work` runs; returns how often it was refused. */
  async function withRightsOf(
    namespace: string,
    scope: { namespace?: string },
    work: () => Promise<void>,
  ): Promise<string[]> {
    const config = JSON.parse(readFileSync(server.kubeconfig, 'utf8')) as { users: object[] };
    const token = kubectl('create', 'token', 'sitesync', '-n', namespace).trim();
    const kubeconfig = join(temp, 'operator.kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify({ ...config, users: [{ name: 'admin', user: { token } }] }), {
      mode: 0o600,
    });
    const stop = new AbortController();
    const metricsPort = await freePort();
    const ended = runOperator(
      {
        kubeconfig,
        ...scope,
        leaseNamespace: namespace,
        engine: 'mariadb',
        images: { sitesync: 'example.org/sitesync:1', database: 'mariadb:11.8' },
        imagePullSecrets: [],
        observers: [namespace],
        metricsPort,
        healthPort: 0,
        version: '0.1.0',
        // Nothing runs here: no agent answers.
        addressOf: () => ({ host: '127.0.0.1', port: 1 }),
      },
      stop.signal,
    );
    try {
      await Promise.race([work(), ended]);
      const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      expect(metrics).toMatch(/^rest_client_requests_total\{.*code="200"/m);
      return metrics.match(/^rest_client_requests_total\{.*code="40[13]".*$/gm) ?? [];
    } finally {
      stop.abort();
      await ended;
    }
  }

  beforeAll(async () => {
    server = await startApiServer();
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
    rmSync(temp, { recursive: true, force: true });
  });

  it('installs, and grants the operator exactly what it needs', async () => {
    helm('install', 'sitesync', 'charts/sitesync', '-n', 'sitesync', '--create-namespace', '--set', 'nodeFolders=true');
    kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    for (const namespace of ['acme', 'adopted']) kubectl('create', 'namespace', namespace);
    kubectl('apply', '-n', 'acme', '-f', 'manifests/five-offices.yaml');
    kubectl('apply', '-n', 'adopted', '-f', 'manifests/existing-claims.yaml');
    const refused = await withRightsOf('sitesync', {}, async () => {
      await until(() => names('statefulsets', 'acme').length === 5, 40_000, 'five StatefulSets');
      await until(() => names('poddisruptionbudgets', 'acme').length === 1, 20_000, 'the budget of the hubs');
      await until(() => names('persistentvolumes', 'adopted')[0] !== '', 20_000, 'the folder of a node as a volume');
      kubectl('delete', 'service', 'spain', '-n', 'acme');
      await until(() => names('events.events.k8s.io', 'acme')[0] !== '', 20_000, 'the Event of what was deleted');
      const isTold = () =>
        kubectl('get', 'sites', '-n', 'acme', '-o', 'jsonpath={.items[*].status.role}').split(' ').length;
      await until(() => isTold() === 5, 20_000, 'a status of every site');
      kubectl('delete', 'hub', 'australia', '-n', 'acme');
      kubectl(
        'patch',
        'site',
        'australia',
        '-n',
        'acme',
        '--type=merge',
        '-p',
        '{"spec":{"hubs":[{"name":"germany"}]}}',
      );
      const others = '{"spec":{"hubs":[{"name":"germany"}]}}';
      for (const site of ['brazil', 'spain', 'newzealand'])
        kubectl('patch', 'site', site, '-n', 'acme', '--type=merge', '-p', others);
      await until(
        () => !names('services', 'acme').includes('service/australia-hub'),
        20_000,
        'the Service of the hub to go',
      );
    });
    expect(refused).toEqual([]);
    for (const [verb, resource] of [
      ['delete', 'persistentvolumeclaims'],
      ['create', 'pods'],
      ['create', 'pods/exec'],
      ['update', 'sites'],
      ['create', 'rolebindings'],
      ['get', 'nodes'],
    ] as const)
      expect([verb, resource, can('sitesync:sitesync', 'acme', verb, resource)]).toEqual([verb, resource, 'no']);
  }, 180_000);

  it('with scope=namespace works in its namespace, and has no permissions elsewhere', async () => {
    const values = ['--set', 'scope=namespace,crds.install=false'];
    helm('install', 'sitesync', 'charts/sitesync', '-n', 'alone', '--create-namespace', ...values);
    kubectl('apply', '-n', 'alone', '-f', 'manifests/minimal.yaml');
    const refused = await withRightsOf('alone', { namespace: 'alone' }, async () => {
      await until(() => names('statefulsets', 'alone').length === 2, 40_000, 'two StatefulSets');
      await until(() => names('poddisruptionbudgets', 'alone')[0] !== '', 20_000, 'the budget of the hubs');
    });
    expect(refused).toEqual([]);
    expect(can('alone:sitesync', 'alone', 'get', 'secrets')).toBe('yes');
    expect(can('alone:sitesync', 'acme', 'get', 'secrets')).toBe('no');
    expect(can('alone:sitesync', 'acme', 'list', 'sites')).toBe('no');
  }, 120_000);

  it('upgrades the CRDs with objects present, and never removes them', () => {
    const chart = join(temp, 'chart');
    cpSync('charts/sitesync', chart, { recursive: true });
    const file = join(chart, 'files/crds/sitesync.dev_hubs.yaml');
    const text = readFileSync(file, 'utf8');
    const next = text.replace('categories:', 'shortNames:\n      - knot\n    categories:');
    expect(next).not.toBe(text);
    writeFileSync(file, next);
    helm('upgrade', 'sitesync', chart, '-n', 'sitesync');
    expect(kubectl('get', 'crd', 'hubs.sitesync.dev', '-o', 'jsonpath={.spec.names.shortNames}')).toBe('["knot"]');
    helm('uninstall', 'sitesync', '-n', 'sitesync');
    expect(names('sites', 'acme')).toHaveLength(5);
    expect(names('deployments', 'sitesync')).toEqual(['']);
  }, 60_000);

  it(`${INSTALL} is applied as it is, strictly`, () => {
    kubectl('apply', '--server-side', '--force-conflicts', '--validate=strict', '-f', INSTALL);
    kubectl('apply', '-f', INSTALL);
    expect(names('deployments', 'sitesync')).toEqual(['deployment.apps/sitesync']);
  }, 60_000);
});
