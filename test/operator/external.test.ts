import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Condition } from '../../src/api/status.ts';
import { rsyncUser } from '../../src/base/login-name.ts';
import type { SiteSecrets } from '../../src/base/site-dir.ts';
import { parseBundle } from '../../src/bundle/file.ts';
import { unseal } from '../../src/bundle/seal.ts';
import { runOperator } from '../../src/operator/main.ts';
import { parseCertificate } from '../../src/pki/certificate.ts';
import { pinnedPrincipal } from '../../src/pki/keys.ts';
import { type ApiServer, KUBE, startApiServer } from '../support/api-server.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

interface Live {
  metadata: { name: string; resourceVersion: string };
  data?: Record<string, string>;
  status?: { conditions?: Condition[] };
}

const NAMESPACE = 'acme';

describe.skipIf('missing' in KUBE)(`an external site${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  let temp: string;
  const stop = new AbortController();
  let ended: Promise<void> | undefined;
  let metrics: number;
  const passes = async () => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    const counts = text.matchAll(/^controller_runtime_reconcile_total\{controller="network",.*?\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const kubectl = (...args: string[]) => server.kubectl(['-n', NAMESPACE, ...args]);
  const get = (kind: string, name: string) => JSON.parse(kubectl('get', kind, name, '-o', 'json')) as Live;
  const names = (kinds: string) => kubectl('get', kinds, '-o', 'name').trim().split('\n').sort();
  const condition = (site: string, type: string) =>
    get('site', site).status?.conditions?.find((one) => one.type === type);
  const filesOf = (secret: string) =>
    Object.fromEntries(
      Object.entries(get('secret', secret).data ?? {}).map(([name, text]) => [
        name,
        Buffer.from(text, 'base64').toString(),
      ]),
    );
  const secretsOf = (site: string) => JSON.parse(filesOf(`${site}-keys`)['secrets.json']!) as SiteSecrets;
  const bundleCommand = (args: string[], kubeconfig = server.kubeconfig) =>
    execa('bin/sitesync', ['bundle', ...args], { stdin: 'ignore', env: { KUBECONFIG: kubeconfig } });

  beforeAll(async () => {
    temp = mkdtempSync(join(tmpdir(), 'sitesync-bundle-'));
    server = await startApiServer();
    metrics = await freePort();
    server.kubectl(['apply', '-f', 'crds/']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    server.kubectl(['create', 'namespace', NAMESPACE]);
    kubectl('apply', '-f', 'manifests/external-laptop.yaml');
    ended = runOperator(
      {
        kubeconfig: server.kubeconfig,
        leaseNamespace: 'default',
        engine: 'mariadb',
        images: { sitesync: 'example.org/sitesync:1', database: 'mariadb:11.8' },
        imagePullSecrets: [],
        observers: ['sitesync'],
        metricsPort: metrics,
        healthPort: 0,
        version: '0.1.0',
        // Nothing runs here: no agent answers.
        addressOf: () => ({ host: '127.0.0.1', port: 1 }),
      },
      stop.signal,
    );
    await until(() => filesOf('laptop-keys').bundle, 30_000, 'its bundle');
    await until(() => names('statefulsets').includes('statefulset.apps/office'), 30_000, 'the StatefulSet of the hub');
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await ended;
    await server?.stop();
    rmSync(temp, { recursive: true, force: true });
  });

  it('has a Secret with its bundle and nothing else; its hub serves the sealed bundle, and accepts this key only', async () => {
    const made = names('statefulsets,services,configmaps,secrets,networkpolicies,serviceaccounts');
    expect(made.filter((name) => name.includes('/laptop'))).toEqual(['secret/laptop-keys']);
    const files = filesOf('laptop-keys');
    const bundle = parseBundle(files.bundle!, '');
    expect(bundle).toMatchObject({ network: NAMESPACE, site: 'laptop', issue: 1 });
    expect(bundle.files['secrets.json']).toBe(files['secrets.json']);
    expect(bundle.plan.links[0]).toMatchObject({
      peer: 'office',
      user: 'sitesync',
      address: { host: 'sync.office.example', port: 2222 },
    });
    expect(bundle.plan.page).toMatchObject({ host: '127.0.0.1' });
    expect(bundle.plan.folders.map(({ name, path }) => [name, path])).toContainEqual([
      'reference',
      '/home/ann/reference',
    ]);
    await until(() => names('secrets').includes('secret/office-bundles'), 20_000, 'what the hub passes on');
    expect(unseal(filesOf('office-bundles').laptop!, bundle)).toEqual(bundle);
    const principal = pinnedPrincipal('laptop', files['user_key.pub']!);
    expect(parseCertificate(files['user_key-cert.pub']!)!.principals).toEqual([principal]);
    const config = get('configmap', 'office-config').data!;
    expect(config.authorized_principals).toMatch(new RegExp(`permitlisten.* ${principal}\n$`));
    expect(config['rsyncd.conf']).toMatch(
      /\[bundle\.laptop\]\npath = \/site\/bundles\/\.\.data\nauth users = laptop\.\*\ninclude = \/laptop\nexclude = \*/,
    );
    const logins = Object.keys(secretsOf('office').inbound).map((site) => [
      site,
      secretsOf('office').inbound[site]!.rsyncPassword,
    ]);
    expect(logins).toEqual([['laptop', secretsOf('laptop').outbound.office!.rsyncPassword]]);
    expect(rsyncUser('laptop', logins[0]![1]!)).toMatch(/^laptop\./);
  }, 60_000);

  it('is not judged by a pod, and is left alone when nothing changes', async () => {
    await until(() => condition('laptop', 'Ready'), 20_000, 'a status');
    expect(condition('laptop', 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NoReport' });
    expect(condition('laptop', 'Reconciling')).toMatchObject({ status: 'False', reason: 'Done' });
    expect(condition('laptop', 'Stalled')).toMatchObject({ status: 'False' });
    expect(condition('laptop', 'KeysValid')).toMatchObject({ status: 'True' });
    const versions = () =>
      ['laptop-keys', 'office-keys', 'office-bundles'].map((name) => get('secret', name).metadata.resourceVersion);
    const before = versions();
    const seen = await passes();
    await until(async () => (await passes()) >= seen + 2, 60_000, 'two more looks');
    expect(versions()).toEqual(before);
  }, 60_000);

  it('its bundle is printed by the command, even with permission for that Secret only', async () => {
    const text = filesOf('laptop-keys').bundle!;
    expect((await bundleCommand(['laptop', '-n', NAMESPACE])).stdout.trim()).toBe(text.trim());
    const file = join(temp, 'laptop.bundle');
    await bundleCommand(['laptop', '-n', NAMESPACE, '-o', file]);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(bundleCommand(['laptop', '-n', NAMESPACE, '-o', file])).rejects.toThrow(
      /already exists. Specify another file/,
    );
    const [reader, nobody] = [limited('reader', ['get']), limited('nobody', [])];
    expect((await bundleCommand(['laptop', '-n', NAMESPACE], reader)).stdout.trim()).toBe(text.trim());
    await expect(bundleCommand(['laptop', '-n', NAMESPACE, '--revoke'], reader)).rejects.toThrow(
      /you have no permission to delete it/,
    );
    await expect(bundleCommand(['laptop', '-n', NAMESPACE], nobody)).rejects.toThrow(
      /you have no permission to get it. Ask for permission/,
    );
    await expect(bundleCommand(['office', '-n', NAMESPACE])).rejects.toThrow(
      /runs as a pod and has no bundle. Set spec.placement.external/,
    );
    await expect(bundleCommand(['nowhere', '-n', NAMESPACE])).rejects.toThrow(
      /Site\/nowhere in namespace acme: does not exist/,
    );
    await expect(bundleCommand(['laptop', '--context', 'other'])).rejects.toThrow(
      /has no context "other". It has test/,
    );
  }, 60_000);

  it('once revoked, has other keys, other passwords at both ends, and another seal', async () => {
    const [before, hub] = [parseBundle(filesOf('laptop-keys').bundle!, ''), secretsOf('office')];
    const { stdout } = await bundleCommand(['laptop', '-n', NAMESPACE, '--revoke']);
    expect(stdout).toMatch(/Site laptop has new keys.*sitesync bundle laptop -n acme/s);
    const files = filesOf('laptop-keys');
    const after = parseBundle(files.bundle!, '');
    expect(after.files.user_key).not.toBe(before.files.user_key);
    expect(after.renewal).not.toBe(before.renewal);
    const principal = pinnedPrincipal('laptop', files['user_key.pub']!);
    const allowed = () => get('configmap', 'office-config').data!.authorized_principals!;
    await until(() => allowed().includes(principal), 20_000, 'the hub to let in the new key');
    expect(allowed().trim().split('\n')).toHaveLength(1);
    await until(
      () => secretsOf('office').outbound.laptop!.mysqlPassword === secretsOf('laptop').inbound.office!.mysqlPassword,
      20_000,
      'the passwords',
    );
    for (const kind of ['mysqlPassword', 'rsyncPassword'] as const) {
      expect(secretsOf('office').inbound.laptop![kind]).not.toBe(hub.inbound.laptop![kind]);
      expect(secretsOf('office').outbound.laptop![kind]).not.toBe(hub.outbound.laptop![kind]);
    }
    const sealed = () => filesOf('office-bundles').laptop!;
    await until(() => unseal(sealed(), after).issue === after.issue, 20_000, 'the new bundle at the hub');
    expect(() => unseal(sealed(), before)).toThrow();
  }, 60_000);

  it('becomes a pod and external again; the objects of the one are removed for the other', async () => {
    kubectl(
      'patch',
      'site',
      'laptop',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/placement"},{"op":"add","path":"/spec/storage","value":{}}]',
    );
    kubectl('patch', 'syncfolder', 'reference', '--type=json', '-p', '[{"op":"remove","path":"/spec/sites/1/path"}]');
    await until(() => names('statefulsets').includes('statefulset.apps/laptop'), 20_000, 'its StatefulSet');
    await until(() => !names('secrets').includes('secret/office-bundles'), 20_000, 'the bundles to be gone');
    await until(() => filesOf('laptop-keys').bundle === undefined, 20_000, 'the bundle to be gone');
    expect(get('configmap', 'office-config').data!.authorized_principals).toMatch(/ laptop\n$/);
    kubectl('patch', 'site', 'laptop', '--type=merge', '-p', '{"spec":{"placement":{"external":true}}}');
    await until(() => filesOf('laptop-keys').bundle, 20_000, 'a bundle');
    const left = () =>
      names('statefulsets,services,configmaps,secrets,networkpolicies,serviceaccounts').filter((name) =>
        name.includes('/laptop'),
      );
    await until(() => left().join() === 'secret/laptop-keys', 20_000, 'the objects of the pod to be gone');
  }, 90_000);

  it('is rejected as a hub with the reason', async () => {
    kubectl('patch', 'site', 'office', '--type=merge', '-p', '{"spec":{"placement":{"external":true}}}');
    await until(
      () =>
        get('hub', 'office').status?.conditions?.some(
          ({ type, status, message }) =>
            type === 'Stalled' && status === 'True' && /a hub must run as a pod/.test(message),
        ),
      20_000,
      'the reason',
    );
    expect(names('statefulsets')).toContain('statefulset.apps/office');
  }, 60_000);

  /** The kubeconfig of a user with exactly these permissions on that Secret. */
  function limited(name: string, verbs: string[]): string {
    kubectl('create', 'serviceaccount', name);
    if (verbs.length > 0) {
      kubectl('create', 'role', name, `--verb=${verbs.join()}`, '--resource=secrets', '--resource-name=laptop-keys');
      kubectl('create', 'rolebinding', name, `--role=${name}`, `--serviceaccount=${NAMESPACE}:${name}`);
    }
    const config = parse(readFileSync(server.kubeconfig, 'utf8')) as { users: { user: { token: string } }[] };
    config.users[0]!.user.token = kubectl('create', 'token', name).trim();
    const file = join(temp, `${name}.kubeconfig`);
    writeFileSync(file, stringify(config));
    chmodSync(file, 0o600);
    return file;
  }
});
