import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, applyStatus, remove } from '../../../src/operator/kube/apply.ts';
import { createClient, type KubeClient } from '../../../src/operator/kube/client.ts';
import { connectCluster } from '../../../src/operator/kube/connection.ts';
import { differs } from '../../../src/operator/kube/differs.ts';
import { Digest } from '../../../src/operator/kube/digest.ts';
import { isConflict, isNotFound, isTooLarge, KubeError } from '../../../src/operator/kube/error.ts';
import { createRecorder } from '../../../src/operator/kube/events.ts';
import { followServed } from '../../../src/operator/kube/follow-served.ts';
import { startInformer } from '../../../src/operator/kube/informer.ts';
import { whileLeading } from '../../../src/operator/kube/lease.ts';
import { listPages } from '../../../src/operator/kube/list.ts';
import { createMetrics } from '../../../src/operator/kube/metrics.ts';
import { type KubeObject, objectPath, RESOURCES } from '../../../src/operator/kube/object.ts';
import { type ApiServer, KUBE, startApiServer } from '../../support/api-server.ts';
import { until } from '../../support/until.ts';

const log = pino({ level: 'silent' });
const namespace = 'default';
const configMap = (name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels: { test: 'yes' } },
  data,
});

describe.skipIf('missing' in KUBE)(`against a real API server${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  let client: KubeClient;
  let connection: ReturnType<typeof connectCluster>;
  const metrics = createMetrics();
  const get = (object: KubeObject) => client.request<KubeObject>({ method: 'GET', path: objectPath(object) });

  beforeAll(async () => {
    server = await startApiServer();
    connection = connectCluster(server.config());
    client = createClient(connection, metrics);
  }, 90_000);
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  it('reports what the server refused, by code, reason and message', async () => {
    const error = await get(configMap('none', {})).catch((caught: unknown) => caught);
    expect(isNotFound(error)).toBe(true);
    expect(error).toMatchObject({ reason: 'NotFound', message: 'configmaps "none" not found' });
  });

  it.each([
    ['a value', 2 ** 20 + 1, 422],
    ['the request', 3 * 2 ** 20 + 1, 413],
  ])('recognises an object that is too large by its code: %s', async (_what, bytes, code) => {
    const error = await apply(client, configMap('huge', { text: 'x'.repeat(bytes) }), undefined).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code });
    expect(isTooLarge(error)).toBe(true);
    expect(isTooLarge(await get(configMap('none', {})).catch((e: unknown) => e))).toBe(false);
  });

  it('applies what differs, and writes nothing when nothing does', async () => {
    const desired = configMap('one', { a: '1', b: '2' });
    expect(await apply(client, desired, undefined)).toMatchObject({ data: { a: '1', b: '2' } });
    const first = await get(desired);
    expect(await apply(client, desired, first)).toBeUndefined();
    expect((await get(desired)).metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('reverts what somebody else changed, and keeps what they added', async () => {
    const desired = configMap('drift', { a: '1' });
    await apply(client, desired, undefined);
    server.kubectl(['patch', 'configmap', 'drift', '--type=merge', '-p', '{"data":{"a":"x","own":"stays"}}']);
    expect(await apply(client, desired, await get(desired))).toBeDefined();
    expect((await get(desired)).data).toEqual({ a: '1', own: 'stays' });
  });

  it('removes a field that is no longer wanted', async () => {
    await apply(client, configMap('less', { a: '1', b: '2' }), undefined);
    const desired = configMap('less', { a: '1' });
    expect(await apply(client, desired, await get(desired))).toBeDefined();
    expect((await get(desired)).data).toEqual({ a: '1' });
  });

  it('deletes exactly the given object, not one that has its name now', async () => {
    const desired = configMap('twin', {});
    await apply(client, desired, undefined);
    const old = await get(desired);
    await remove(client, old);
    await apply(client, desired, undefined);
    await expect(remove(client, old)).rejects.toThrow(/UID in the precondition/);
    await remove(client, await get(desired));
    await remove(client, old);
  });

  it('lists in pages', async () => {
    const names = Array.from({ length: 620 }, (_, i) => `many-${i}`);
    await Promise.all(names.map((name) => apply(client, configMap(name, {}), undefined)));
    const items: KubeObject[] = [];
    const selection = { resource: RESOURCES.ConfigMap, namespace, labelSelector: 'test=yes' };
    for await (const page of listPages(client, selection)) items.push(...page);
    expect(items.filter(({ metadata }) => metadata.name.startsWith('many-'))).toHaveLength(620);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  }, 60_000);

  it('an informer recovers from a killed server, an expired version, and a server that hangs', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const informer = startInformer({
      client,
      selection: { resource: RESOURCES.ConfigMap, namespace, labelSelector: 'watched=yes' },
      onChange: ({ metadata }) => seen.push(metadata.name),
      log,
      signal: stop.signal,
    });
    await informer.synced;
    const watched = (name: string, data = {}): KubeObject => ({
      ...configMap(name, data),
      metadata: { name, namespace, labels: { watched: 'yes' } },
    });
    await apply(client, watched('first', { a: '1' }), undefined);
    await until(() => informer.get(namespace, 'first'), 10_000, 'the first');
    expect(informer.get(namespace, 'first')!.data).toEqual({ a: '1' });
    await apply(client, watched('doomed'), undefined);
    await until(() => informer.get(namespace, 'doomed'), 10_000, 'the doomed one');

    await server.kill();
    await pause(300);
    await server.start();
    // Deletions while nobody watched, and an expired history: both need a new list.
    await remove(client, watched('doomed'));
    const { revision } = JSON.parse(
      await (
        await fetch(`http://127.0.0.1:${server.etcdPort}/v3/kv/range`, {
          method: 'POST',
          body: JSON.stringify({ key: Buffer.from('/registry/namespaces/default').toString('base64') }),
        })
      ).text(),
    ).header as { revision: string };
    await fetch(`http://127.0.0.1:${server.etcdPort}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision }),
    });
    await apply(client, watched('second'), undefined);
    await until(() => informer.get(namespace, 'second'), 60_000, 'the second');
    await until(() => !informer.get(namespace, 'doomed'), 60_000, 'the doomed one to be gone');
    expect(seen).toEqual(expect.arrayContaining(['first', 'doomed', 'second']));
    expect(informer.secondsSinceLastEvent()).toBeLessThan(60);
    stop.abort();
    await informer.closed;
    const count = seen.length;
    await apply(client, watched('third'), undefined);
    expect(seen).toHaveLength(count);
  }, 180_000);

  it('an informer keeps only digests of compared values, and still notices changes to them', async () => {
    const stop = new AbortController();
    const wanted = configMap('folded', { long: 'as it is', short: 'as it is' });
    await apply(client, wanted, undefined);
    const informer = startInformer({
      client,
      selection: { resource: RESOURCES.ConfigMap, namespace },
      comparedOnly: ['long'],
      onChange: () => undefined,
      log,
      signal: stop.signal,
    });
    await informer.synced;
    const live = () => informer.get(namespace, 'folded')!;
    expect(live().data).toEqual({ long: expect.any(Digest), short: 'as it is' });
    expect(await apply(client, wanted, live())).toBeUndefined();
    server.kubectl(['patch', 'configmap', 'folded', '-p', '{"data":{"long":"spoilt"}}']);
    await until(() => differs(wanted, live(), undefined), 10_000, 'the change');
    const written = await apply(client, wanted, live());
    informer.learn(written!);
    expect(await apply(client, wanted, live())).toBeUndefined();
    stop.abort();
    await informer.closed;
  });

  it('gives up on a server that hangs', async () => {
    process.kill(server.pid(), 'SIGSTOP');
    try {
      const started = performance.now();
      const hanging = client.request({ method: 'GET', path: '/api/v1/namespaces/default', timeoutMs: 300 });
      await expect(hanging).rejects.toThrow();
      expect(performance.now() - started).toBeLessThan(5000);
    } finally {
      process.kill(server.pid(), 'SIGCONT');
    }
  });

  it('of two candidates one leads; when it exits the other follows at once, and after a crash in time', async () => {
    const timing = { leaseMs: 3000, renewDeadlineMs: 2000, retryMs: 200 };
    const leaders: string[] = [];
    let requests = 0;
    const counting: KubeClient = {
      ...client,
      request: (ask) => {
        requests++;
        return client.request(ask);
      },
    };
    const candidate = (identity: string, stop: AbortController) =>
      whileLeading(
        { client: counting, namespace, name: 'test-lease', identity, log, metrics, signal: stop.signal, timing },
        async (signal) => {
          leaders.push(identity);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        },
      );
    const [stopOne, stopTwo] = [new AbortController(), new AbortController()];
    const one = candidate('one', stopOne);
    await until(() => leaders.length === 1, 10_000, 'a leader');
    const two = candidate('two', stopTwo);
    const asked = requests;
    await until(() => requests >= asked + 6, 20_000, 'both to ask for the lease several times');
    expect(leaders).toEqual(['one']);
    stopOne.abort();
    await one;
    await until(() => leaders.length === 2, 2500, 'the second leader');
    // Somebody takes the lease by force: the leader must notice and stop.
    server.kubectl(['patch', 'lease', 'test-lease', '--type=merge', '-p', '{"spec":{"holderIdentity":"thief"}}']);
    await expect(two).rejects.toThrow('leadership was lost');
    const three = candidate('three', stopTwo);
    const started = performance.now();
    await until(() => leaders.length === 3, 10_000, 'the third leader, after the lease expired');
    expect(performance.now() - started).toBeGreaterThan(2000);
    stopTwo.abort();
    await three;
    expect(leaders).toEqual(['one', 'two', 'three']);
  }, 60_000);

  it('records an Event once, and counts repetitions', async () => {
    const about = await get(configMap('one', {}));
    let now = Date.now();
    const recorder = createRecorder(client, 'test', log, () => now);
    const event = { type: 'Warning', reason: 'Tested', message: 'it was tested', action: 'Test' } as const;
    await recorder.record(about, event);
    await recorder.record(about, event);
    await recorder.record(about, { ...event, message: 'something else' });
    const counts = () => {
      const events = JSON.parse(server.kubectl(['get', 'events.events.k8s.io', '-o', 'json'])) as {
        items: { note: string; reason: string; series?: { count: number } }[];
      };
      const ours = events.items.filter(({ reason }) => reason === 'Tested');
      return Object.fromEntries(ours.map(({ note, series }) => [note, series?.count]));
    };
    expect(counts()).toEqual({ 'it was tested': 2, 'something else': undefined });
    // A storm costs one write per minute.
    for (let i = 0; i < 5; i++) await recorder.record(about, event);
    expect(counts()['it was tested']).toBe(2);
    now += 60_000;
    await recorder.record(about, event);
    expect(counts()['it was tested']).toBe(8);
  });

  it('follows a kind while the cluster serves it', async () => {
    const stop = new AbortController();
    const resource = RESOURCES.HTTPRoute;
    const served = followServed({
      client,
      kind: 'HTTPRoute',
      log,
      signal: stop.signal,
      start: (signal) => startInformer({ client, selection: { resource }, onChange: () => undefined, log, signal }),
      lookMs: 200,
    });
    await served.synced;
    expect(served.informer()).toBeUndefined();
    server.kubectl(['apply', '-f', 'test/support/httproute-crd.yaml']);
    await until(() => served.informer()?.hasSynced(), 20_000, 'the kind');
    server.kubectl(['delete', 'crd', 'httproutes.gateway.networking.k8s.io']);
    await until(() => served.informer() === undefined, 20_000, 'the kind to go');
    stop.abort();
    await served.closed;
  }, 60_000);

  it('recognises a conflict', async () => {
    const live = await get(configMap('one', {}));
    server.kubectl(['annotate', 'configmap', 'one', 'changed=yes']);
    const put = client.request({ method: 'PUT', path: objectPath(live), body: live });
    expect(isConflict(await put.catch((error: unknown) => error))).toBe(true);
    await expect(put).rejects.toBeInstanceOf(KubeError);
  });

  it('writes a status only where it differs', async () => {
    const pod: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claim', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await apply(client, pod, undefined);
    expect(await applyStatus(client, await get(pod), { phase: 'Bound' })).toBeDefined();
    expect(await applyStatus(client, await get(pod), { phase: 'Bound' })).toBeUndefined();
  });
});
