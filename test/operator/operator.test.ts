import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/status.ts';
import { runOperator } from '../../src/operator/main.ts';
import { type ApiServer, KUBE, startApiServer } from '../support/api-server.ts';
import { freePort } from '../support/net.ts';
import { until } from '../support/until.ts';

interface Live {
  kind: string;
  metadata: { name: string; resourceVersion: string; uid: string };
  spec: Record<string, unknown>;
  data?: Record<string, string>;
  status?: { conditions?: Condition[]; [field: string]: unknown };
}

const NAMESPACE = 'acme';
const MADE = 'serviceaccounts,configmaps,secrets,services,statefulsets,networkpolicies,poddisruptionbudgets';

describe.skipIf('missing' in KUBE)(`the operator${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  let running: { stop: AbortController; ended: Promise<void>; metrics: number } | undefined;
  const kubectl = (...args: string[]) => server.kubectl(['-n', NAMESPACE, ...args]);
  const get = (kind: string, name: string) => JSON.parse(kubectl('get', kind, name, '-o', 'json')) as Live;
  const all = (kinds: string) => (JSON.parse(kubectl('get', kinds, '-o', 'json')) as { items: Live[] }).items;
  const apply = (object: object) => server.kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], JSON.stringify(object));
  const condition = (kind: string, name: string, type: string) =>
    get(kind, name).status?.conditions?.find((one) => one.type === type);
  /** Notes of the operator's Events about an object. */
  const told = (kind: string, name: string, reason: string) =>
    (
      JSON.parse(kubectl('get', 'events.v1.events.k8s.io', '-o', 'json')) as {
        items: { regarding: { kind: string; name: string }; reason: string; note: string }[];
      }
    ).items
      .filter(({ regarding, ...one }) => regarding.kind === kind && regarding.name === name && one.reason === reason)
      .map(({ note }) => note)
      .sort();
  const versions = (kinds: string) =>
    Object.fromEntries(all(kinds).map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));

  async function start(): Promise<void> {
    const stop = new AbortController();
    const metrics = await freePort();
    const ended = runOperator(
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
    running = { stop, ended, metrics };
  }
  async function stop(): Promise<void> {
    running?.stop.abort();
    await running?.ended;
    running = undefined;
  }

  beforeAll(async () => {
    server = await startApiServer();
    server.kubectl(['apply', '-f', 'crds/']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    server.kubectl(['create', 'namespace', NAMESPACE]);
    server.kubectl(['label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted']);
    kubectl('apply', '-f', 'manifests/five-offices.yaml');
    await start();
  }, 120_000);
  afterAll(async () => {
    await stop();
    await server?.stop();
  });

  it('creates every object of the five offices', async () => {
    await until(() => all('statefulsets').length === 5, 30_000, 'five StatefulSets');
    await until(() => all('networkpolicies').length === 5, 10_000, 'five NetworkPolicies');
    expect(all('services').map(({ metadata }) => metadata.name)).toEqual(
      expect.arrayContaining(['germany', 'germany-hub', 'germany-pods', 'brazil', 'brazil-pods']),
    );
    const plan = JSON.parse(get('configmap', 'brazil-config').data!['plan.json']!) as {
      links: { peer: string; address?: { host: string } }[];
    };
    expect(plan.links.map(({ peer, address }) => [peer, address?.host])).toEqual([
      ['germany', 'germany-hub.acme.svc'],
      ['australia', 'australia-hub.acme.svc'],
    ]);
  }, 60_000);

  it('says truthfully that nothing can be seen yet', async () => {
    await until(() => condition('syncfolder', 'projects', 'Ready'), 20_000, 'a status of everything');
    expect(condition('site', 'brazil', 'Ready')).toMatchObject({ status: 'False', reason: 'NoPod' });
    expect(condition('site', 'brazil', 'Connected')).toMatchObject({ status: 'Unknown', reason: 'NoReport' });
    expect(condition('site', 'brazil', 'Stalled')).toMatchObject({ status: 'False' });
    const [head, first] = kubectl('get', 'sites').split('\n');
    expect(head).toMatch(/^NAME +READY +ROLE +HUB +LAG +BEHIND +VERSION +AGE/);
    expect(first).toMatch(/^australia +False +hub +\? +\? /);
    expect(condition('hub', 'germany', 'Ready')).toMatchObject({ status: 'False' });
    expect(condition('syncfolder', 'projects', 'Ready')).toMatchObject({ status: 'Unknown' });
    expect(get('hub', 'germany').status).toMatchObject({ address: 'germany-hub.acme.svc:2222', children: 3 });
  }, 60_000);

  it('writes nothing when nothing changes', async () => {
    const kinds = `sites,hubs,syncfolders,${MADE}`;
    // The first reconciliations may still be in progress.
    let before = versions(kinds);
    await until(
      async () => {
        await pause(3000);
        const now = versions(kinds);
        const same = JSON.stringify(now) === JSON.stringify(before);
        before = now;
        return same;
      },
      30_000,
      'calm',
    );
    const passes = async () => {
      const lines = (await metrics()).matchAll(
        /^controller_runtime_reconcile_total\{controller="network",.*?\} (\d+)$/gm,
      );
      return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const seen = await passes();
    await until(async () => (await passes()) >= seen + 2, 60_000, 'two more looks');
    expect(versions(kinds)).toEqual(before);
  }, 120_000);

  const metrics = async () => (await fetch(`http://127.0.0.1:${running!.metrics}/metrics`)).text();

  it('reverts what somebody edits, and recreates what somebody deletes, with the same passwords', async () => {
    const secret = get('secret', 'brazil-keys').data!['secrets.json'];
    kubectl('patch', 'configmap', 'brazil-config', '--type=merge', '-p', '{"data":{"plan.json":"{}"}}');
    kubectl('delete', 'service', 'spain', '--wait=false');
    kubectl('delete', 'statefulset', 'newzealand', '--wait=false');
    await until(() => get('configmap', 'brazil-config').data!['plan.json'] !== '{}', 20_000, 'the plan');
    await until(() => all('services').some(({ metadata }) => metadata.name === 'spain'), 20_000, 'the Service');
    await until(() => all('statefulsets').length === 5, 20_000, 'the StatefulSet');
    expect(get('secret', 'brazil-keys').data!['secrets.json']).toBe(secret);
    await until(() => told('Site', 'newzealand', 'ObjectRestored').length > 0, 20_000, 'the Events');
    expect(told('Site', 'brazil', 'DriftCorrected')).toEqual([
      'ConfigMap brazil-config was modified externally (data.plan.json). The changes have been reverted',
    ]);
    expect(told('Site', 'spain', 'ObjectRestored')).toEqual([
      'Service spain was deleted externally and has been recreated',
    ]);
    expect(told('Site', 'newzealand', 'ObjectRestored')).toEqual([
      'StatefulSet newzealand was deleted externally and has been recreated',
    ]);
  }, 60_000);

  it('reports changes to cluster-scoped objects each time too, and nothing that it changed itself', async () => {
    kubectl('delete', 'configmap', 'sitesync-roll', '--wait=false');
    await until(() => told('ConfigMap', 'sitesync-roll', 'ObjectRestored').length > 0, 20_000, 'the Event');
    kubectl('delete', 'networkpolicy', 'spain', '--wait=false');
    await until(() => told('Site', 'spain', 'ObjectRestored').length === 2, 20_000, 'the second Event');
    kubectl('annotate', 'service', 'germany', 'example.org/of-somebody=else');
    kubectl('patch', 'site', 'germany', '--type=merge', '-p', '{"spec":{"page":{}}}');
    await until(
      () => JSON.stringify(get('service', 'germany').spec).includes('"page"'),
      20_000,
      'the port of the page',
    );
    kubectl('patch', 'site', 'germany', '--type=json', '-p', '[{"op":"remove","path":"/spec/page"}]');
    await until(() => !JSON.stringify(get('service', 'germany').spec).includes('"page"'), 20_000, 'the port to go');
    for (const reason of ['DriftCorrected', 'ObjectRestored']) expect(told('Site', 'germany', reason)).toEqual([]);
  }, 90_000);

  it('creates new passwords and keys for a deleted Secret, at both ends of its links', async () => {
    const before = get('secret', 'brazil-keys').data!;
    kubectl('delete', 'secret', 'brazil-keys');
    const after = await until(
      () => {
        const found = all('secrets').find(({ metadata }) => metadata.name === 'brazil-keys');
        return found?.data?.user_key === undefined ? undefined : found.data;
      },
      20_000,
      'the Secret',
    );
    expect(after.user_key).not.toBe(before.user_key);
    await until(() => told('Site', 'brazil', 'ObjectRestored').length > 0, 20_000, 'the Event');
    expect(told('Site', 'brazil', 'ObjectRestored')).toEqual([
      'Secret brazil-keys was deleted externally and has been recreated, with new keys and passwords',
    ]);
    const passwords = (data: Record<string, string>) =>
      JSON.parse(Buffer.from(data['secrets.json']!, 'base64').toString()) as {
        inbound: Record<string, object>;
        outbound: Record<string, object>;
      };
    await until(
      () => {
        const brazil = passwords(get('secret', 'brazil-keys').data!);
        const germany = passwords(get('secret', 'germany-keys').data!);
        return (
          JSON.stringify(brazil.inbound.germany) === JSON.stringify(germany.outbound.brazil) &&
          JSON.stringify(brazil.outbound.germany) === JSON.stringify(germany.inbound.brazil)
        );
      },
      20_000,
      'both ends to agree',
    );
  }, 60_000);

  it('Secrets that are deleted all at once, during a pass or between two, come back without anything of the old ones', async () => {
    const secrets = () => all('secrets').filter(({ metadata }) => /-keys$|^sitesync-authority/.test(metadata.name));
    const contents = (all: Live[]) =>
      all.flatMap(({ metadata, data }) =>
        Object.entries(data ?? {}).map(([name, text]) => [`${metadata.name}/${name}`, text] as const),
      );
    for (let round = 0; round < 4; round++) {
      await until(() => secrets().length === 7, 30_000, 'the keys of five sites and two authorities');
      const before = secrets();
      // The pass that follows has read the Secrets, and is about to write them.
      kubectl('annotate', 'site', 'brazil', '--overwrite', `example.org/round=${round}`);
      await pause(40 * round);
      kubectl('delete', 'secret', '--wait=false', ...before.map(({ metadata }) => metadata.name));
      const names = before.map(({ metadata }) => metadata.name).join();
      const after = await until(
        () => {
          const now = secrets();
          const isBack = now.map(({ metadata }) => metadata.name).join() === names;
          return isBack && now.every(({ data }) => Object.keys(data ?? {}).length > 1) ? now : undefined;
        },
        30_000,
        'the Secrets',
      );
      const old = new Map(contents(before));
      const kept = contents(after).filter(([name, text]) => old.get(name) === text && text !== '');
      expect(kept.map(([name]) => name)).toEqual([]);
    }
  }, 120_000);

  it('an invalid object affects no other, is reported with a remedy, and recovers once corrected', async () => {
    const site = (hub: string) => ({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind: 'Site',
      metadata: { name: 'mexico' },
      spec: { hubs: [{ name: hub }] },
    });
    apply(site('nowhere'));
    const stalled = await until(() => condition('site', 'mexico', 'Stalled'), 20_000, 'the condition');
    expect(stalled).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(stalled.message).toMatch(/spec\.hubs\[0\]\.name: there is no hub "nowhere"\. Correct the name/);
    await until(() => kubectl('get', 'events').includes('nowhere'), 20_000, 'an event');
    expect(all('statefulsets')).toHaveLength(5);
    const others = () =>
      Object.fromEntries(Object.entries(versions(MADE)).filter(([name]) => !/germany|mexico|sitesync/.test(name)));
    const before = others();
    apply(site('germany'));
    await until(() => all('statefulsets').length === 6, 20_000, 'the sixth site');
    await until(() => condition('site', 'mexico', 'Stalled')?.status === 'False', 20_000, 'the condition to clear');
    expect(get('configmap', 'sitesync-roll').data!.schemas).toContain('site_mexico\n');
    expect(others()).toEqual(before);
    // An error in a running object leaves it running as it was.
    const plan = get('configmap', 'mexico-config').data!['plan.json'];
    apply(site('elsewhere'));
    await until(() => condition('site', 'mexico', 'Stalled')?.status === 'True', 20_000, 'the condition again');
    expect(get('configmap', 'mexico-config').data!['plan.json']).toBe(plan);
    expect(condition('site', 'mexico', 'Stalled')!.message).toMatch(/continues with its last valid spec/);
    apply(site('germany'));
    await until(() => condition('site', 'mexico', 'Stalled')?.status === 'False', 20_000, 'well again');
  }, 120_000);

  it('a Hub beside a child promotes it, and removing the Hub demotes it', async () => {
    apply({ apiVersion: 'sitesync.dev/v1alpha1', kind: 'Hub', metadata: { name: 'mexico' }, spec: {} });
    apply({ apiVersion: 'sitesync.dev/v1alpha1', kind: 'Site', metadata: { name: 'mexico' }, spec: { hubs: [] } });
    const services = () => all('services').map(({ metadata }) => metadata.name);
    await until(() => services().includes('mexico-hub'), 20_000, 'its Service');
    expect(get('statefulset', 'mexico').spec).toMatchObject({ replicas: 1 });
    kubectl('delete', 'hub', 'mexico');
    apply({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind: 'Site',
      metadata: { name: 'mexico' },
      spec: { hubs: [{ name: 'germany' }] },
    });
    await until(() => !services().includes('mexico-hub'), 20_000, 'its Service to go');
  }, 60_000);

  it('starts to rotate passwords on request, and waits for the sites before it uses new ones', async () => {
    const secrets = () => JSON.parse(textOf('germany-keys')) as { inbound: object; alsoInbound?: object };
    const textOf = (name: string) => Buffer.from(get('secret', name).data!['secrets.json']!, 'base64').toString();
    const before = secrets();
    kubectl('annotate', 'configmap', 'sitesync-keys', 'sitesync.dev/rotate-passwords=now');
    await until(() => secrets().alsoInbound !== undefined, 20_000, 'the next passwords');
    expect(secrets().inbound).toEqual(before.inbound);
    const words = get('configmap', 'sitesync-keys').data!;
    expect(words.passwords).toMatch(
      /^The new one is being distributed and not used yet, since .*; waiting for australia, /,
    );
    expect(words.authority).toMatch(/^In use since /);
    expect(words['rotated-passwords']).toBeUndefined();
    expect(await metrics()).toMatch(
      /sitesync_keys_since_timestamp_seconds\{network="acme",subject="passwords",phase="announced"\} \d+/,
    );
    expect(await metrics()).toMatch(
      /sitesync_certificate_expiry_timestamp_seconds\{network="acme",site="germany",kind="host"\} \d+/,
    );
  }, 60_000);

  it('keeps the current keys when a Secret that a Site names is unusable, and says why', async () => {
    const key = get('secret', 'spain-keys').data!.user_key;
    const spec = (secretName?: string) =>
      JSON.stringify([{ op: 'add', path: '/spec/keys', value: secretName ? { ssh: { secretName } } : {} }]);
    kubectl('patch', 'site', 'spain', '--type=json', '-p', spec('our-keys'));
    const verdict = () => condition('site', 'spain', 'KeysValid');
    await until(() => verdict()?.status === 'False', 20_000, 'the condition');
    expect(verdict()).toMatchObject({ reason: 'SecretUnusable' });
    expect(verdict()!.message).toMatch(/Secret our-keys of spec\.keys\.ssh: it does not exist: create it/);
    kubectl('create', 'secret', 'generic', 'our-keys', '--from-literal=user_key=nonsense');
    await until(
      () => verdict()?.message.includes('user_key is missing or not an OpenSSH private key'),
      20_000,
      'the other reason',
    );
    expect(get('secret', 'spain-keys').data!.user_key).toBe(key);
    expect(condition('site', 'brazil', 'KeysValid')?.status).toBe('True');
    kubectl('patch', 'site', 'spain', '--type=json', '-p', spec());
    await until(() => verdict()?.status === 'True', 20_000, 'the condition to clear');
  }, 90_000);

  it('exposes a page by an Ingress, and reports that this cluster has no HTTPRoute, until it does', async () => {
    const page = (more: object) =>
      kubectl(
        'patch',
        'site',
        'brazil',
        '--type=json',
        '-p',
        JSON.stringify([{ op: 'add', path: '/spec/page', value: more }]),
      );
    const exposed = () => condition('site', 'brazil', 'PageExposed');
    const host = 'files.brazil.example';
    expect(() => page({ ingress: {} })).toThrow(/ingress and httpRoute need a host name: set host/);
    page({ host, ingress: { className: 'nginx' } });
    await until(() => exposed()?.status === 'Unknown', 20_000, 'the condition');
    expect(exposed()).toMatchObject({ reason: 'NoAddress' });
    const status = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
    kubectl('patch', 'ingress', 'brazil', '--subresource=status', '--type=merge', '-p', JSON.stringify(status));
    await until(() => exposed()?.status === 'True', 20_000, 'the condition to clear');
    expect(exposed()!.message).toBe(`https://${host}/ through Ingress`);
    const parentRefs = [{ name: 'public', namespace: 'gateways' }];
    page({ host, httpRoute: { parentRefs } });
    await until(() => exposed()?.reason === 'NoGatewayApi', 20_000, 'the condition');
    expect(exposed()).toMatchObject({ status: 'False' });
    await until(() => told('Site', 'brazil', 'NoGatewayApi').length > 0, 20_000, 'the Event');
    expect(all('ingresses')).toEqual([]);

    server.kubectl(['apply', '-f', 'test/support/httproute-crd.yaml']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    await stop();
    await start();
    await until(() => exposed()?.reason === 'NotTaken', 30_000, 'the route');
    const spec = { hostnames: [host], parentRefs: [{ name: 'public', namespace: 'gateways', kind: 'Gateway' }] };
    expect(get('httproute', 'brazil').spec).toMatchObject(spec);
    const taken = (word: string) => {
      const accepted = { type: 'Accepted', status: word, reason: 'NotAllowedByListeners', message: 'wrong namespace' };
      const parents = [{ parentRef: parentRefs[0], controllerName: 'example.org/x', conditions: [accepted] }];
      const patch = JSON.stringify({ status: { parents } });
      kubectl('patch', 'httproute', 'brazil', '--subresource=status', '--type=merge', '-p', patch);
    };
    taken('False');
    await until(() => exposed()?.reason === 'NotAllowedByListeners', 20_000, 'the refusal');
    expect(exposed()!.message).toBe('Gateway public rejected the HTTPRoute: wrong namespace');
    taken('True');
    await until(() => exposed()?.status === 'True', 20_000, 'the condition to clear');
    kubectl('patch', 'site', 'brazil', '--type=json', '-p', '[{"op":"remove","path":"/spec/page"}]');
    await until(() => all('httproutes').length === 0, 20_000, 'the route to go');
    await until(() => exposed() === undefined, 20_000, 'the condition to go');
  }, 180_000);

  it('a new operator keeps the same ports, passwords and keys', async () => {
    await stop();
    const before = versions(MADE);
    await start();
    const looks = async () => {
      const counts = (await metrics()).matchAll(/reconcile_total\{controller="network".*\} (\d+)/g);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await until(looks, 60_000, 'its first look');
    const first = await looks();
    await until(async () => (await looks()) > first, 60_000, 'another look');
    expect(versions(MADE)).toEqual(before);
  }, 90_000);

  it('has metrics with the usual names, and none for a network that is gone', async () => {
    expect(await metrics()).toMatch(/leader_election_master_status\{name="sitesync-operator"\} 1/);
    expect(await metrics()).toMatch(/sitesync_site_connected\{network="acme",site="brazil"\} 0/);
    expect(readFileSync('manifests/five-offices.yaml', 'utf8')).toContain('brazil');
    kubectl('delete', 'sites,hubs,syncfolders', '--all', '--wait=false');
    await until(async () => !(await metrics()).includes('network="acme"'), 30_000, 'its numbers to go');
  }, 60_000);
});
