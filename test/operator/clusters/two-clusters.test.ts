import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Condition } from '../../../src/api/status.ts';
import { type ApiServer, KUBE, startApiServer } from '../../support/api-server.ts';
import { type FarCluster, startFarCluster } from '../../support/far-cluster.ts';
import { startOperator } from '../../support/operator.ts';
import { until } from '../../support/until.ts';

interface Live {
  kind: string;
  metadata: {
    name: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    ownerReferences?: object[];
    deletionTimestamp?: string;
  };
  data?: Record<string, string>;
  status?: { conditions?: Condition[] };
}

const NAMESPACE = 'acme';
const MADE = 'serviceaccounts,configmaps,secrets,services,statefulsets,networkpolicies,poddisruptionbudgets';
const GIVE_UP_MS = 8000;

describe.skipIf('missing' in KUBE)(`sites in other clusters${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let near: ApiServer;
  let far: ApiServer;
  let sydney: FarCluster;
  let auckland: FarCluster;
  let operator: Awaited<ReturnType<typeof startOperator>> | undefined;
  const kubectl = (...args: string[]) => near.kubectl(['-n', NAMESPACE, ...args]);
  const there = ({ namespace }: FarCluster, kinds = MADE) =>
    (
      JSON.parse(far.kubectl(['-n', namespace, 'get', kinds, '-l', 'sitesync.dev/network-id', '-o', 'json'])) as {
        items: Live[];
      }
    ).items;
  const here = (kinds = MADE) => (JSON.parse(kubectl('get', kinds, '-o', 'json')) as { items: Live[] }).items;
  const names = (items: Live[]) => items.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
  const versions = (items: Live[]) =>
    Object.fromEntries(items.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion]));
  const apply = (object: object) => near.kubectl(['-n', NAMESPACE, 'apply', '-f', '-'], JSON.stringify(object));
  const records = (site: string) =>
    here('configmaps').filter(({ metadata }) => metadata.name.startsWith(`${site}-elsewhere`));
  const lead = (secret: string, kubeconfig: string) =>
    apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret }, stringData: { kubeconfig } });
  const site = (name: string, spec: object) =>
    apply({ apiVersion: 'sitesync.dev/v1alpha1', kind: 'Site', metadata: { name }, spec });
  const condition = (name: string, type: string) =>
    (JSON.parse(kubectl('get', 'site', name, '-o', 'json')) as Live).status?.conditions?.find(
      (one) => one.type === type,
    );
  const stalled = (name: string, reason: string, within = 30_000) =>
    until(
      () => {
        const found = condition(name, 'Stalled');
        if (found?.reason === reason) return found;
        throw new Error(JSON.stringify(found));
      },
      within,
      `${reason} of ${name}`,
    );

  /** Reconciliations of the network that took longer than 5 s. */
  function slowLooks(metrics: string): number {
    const name = 'controller_runtime_reconcile_time_seconds';
    const all = new RegExp(`^${name}_count\\{controller="network"\\} (\\d+)$`, 'm').exec(metrics);
    const quick = new RegExp(`^${name}_bucket\\{le="5",controller="network"\\} (\\d+)$`, 'm').exec(metrics);
    return Number(all![1]) - Number(quick![1]);
  }

  beforeAll(async () => {
    [near, far] = await Promise.all([startApiServer(), startApiServer()]);
    sydney = await startFarCluster(far, 'office-sydney');
    auckland = await startFarCluster(far, 'office-auckland');
    near.kubectl(['apply', '-f', 'crds/']);
    near.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    near.kubectl(['create', 'namespace', NAMESPACE]);
    kubectl('apply', '-f', 'manifests/multi-cluster.yaml');
    operator = await startOperator(near.kubeconfig, { giveUpMs: GIVE_UP_MS });
  }, 120_000);
  afterAll(async () => {
    await operator?.stop();
    await Promise.all([near?.stop(), far?.stop()]);
    await Promise.all([sydney?.way.close(), auckland?.way.close()]);
  });

  it('reports for each site what is wrong with its kubeconfig, and runs the others', async () => {
    const { message } = await stalled('sydney', 'KubeconfigUnusable');
    expect(message).toMatch(/Secret cluster-sydney of spec\.placement\.kubeconfigSecret: it does not exist: create it/);
    await until(
      () => names(here('statefulsets')).join() === 'StatefulSet/frankfurt',
      20_000,
      'the site of this cluster',
    );
    lead('cluster-sydney', sydney.kubeconfig({ exec: { command: '/bin/sh' } }));
    await until(() => /exec would run a program/.test(condition('sydney', 'Stalled')!.message), 20_000, 'the refusal');
  }, 90_000);

  it('creates every object of a site there, and here only what others need of it', async () => {
    lead('cluster-sydney', sydney.kubeconfig());
    lead('cluster-auckland', auckland.kubeconfig());
    await stalled('sydney', 'Valid');
    await stalled('auckland', 'Valid');
    for (const cluster of [sydney, auckland])
      await until(() => names(there(cluster)).join().includes('StatefulSet/'), 20_000, 'the StatefulSet');
    expect(names(there(sydney))).toEqual([
      'ConfigMap/sitesync-roll',
      'ConfigMap/sydney-config',
      'NetworkPolicy/sydney',
      'PodDisruptionBudget/sitesync-hubs',
      'Secret/sydney-keys',
      'Service/sydney',
      'Service/sydney-hub',
      'Service/sydney-pods',
      'ServiceAccount/sydney',
      'StatefulSet/sydney',
    ]);
    for (const { metadata } of there(sydney)) expect(metadata.ownerReferences).toBeUndefined();
    expect(names(here()).filter((name) => /sydney/.test(name))).toEqual([
      expect.stringMatching(/^ConfigMap\/sydney-elsewhere-/),
      'Secret/cluster-sydney',
      'Secret/sydney-keys',
    ]);
    const keys = (items: Live[]) => items.find(({ metadata }) => metadata.name === 'sydney-keys')!.data;
    expect(keys(there(sydney))).toEqual(keys(here()));
    expect(names(there(auckland)).filter((name) => /StatefulSet|Service\//.test(name))).toEqual([
      'Service/auckland',
      'Service/auckland-pods',
      'StatefulSet/auckland',
    ]);
    expect(condition('sydney', 'Ready')).toMatchObject({ status: 'False', reason: 'NoPod' });
  }, 90_000);

  it('writes nothing in either cluster when nothing changes', async () => {
    const all = () => ({
      here: versions([...here(), ...here('sites,hubs,syncfolders')]),
      there: versions([...there(sydney), ...there(auckland)]),
    });
    let before = JSON.stringify(all());
    await until(
      async () => {
        await pause(3000);
        const now = JSON.stringify(all());
        const same = now === before;
        before = now;
        return same;
      },
      40_000,
      'calm',
    );
    const looks = async () => {
      const found = (await operator!.metrics()).matchAll(
        /^controller_runtime_reconcile_total\{controller="cluster",.*?\} (\d+)$/gm,
      );
      return [...found].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const seen = await looks();
    await until(async () => (await looks()) >= seen + 4, 60_000, 'two more looks at both');
    expect(JSON.stringify(all())).toBe(before);
  }, 120_000);

  it('reverts what somebody edits there, and recreates what somebody deletes', async () => {
    sydney.kubectl('patch', 'configmap', 'sydney-config', '--type=merge', '-p', '{"data":{"plan.json":"{}"}}');
    sydney.kubectl('delete', 'service', 'sydney-hub', '--wait=false');
    const plan = () => there(sydney).find(({ metadata }) => metadata.name === 'sydney-config')?.data?.['plan.json'];
    await until(() => plan() !== '{}', 20_000, 'the plan');
    await until(() => names(there(sydney)).includes('Service/sydney-hub'), 20_000, 'the Service');
  }, 60_000);

  it('leaves foreign objects alone, and says so', async () => {
    auckland.kubectl('delete', 'configmap', 'auckland-config', '--wait=true');
    // Whoever is first: the operator reverts at once.
    await until(
      () => {
        auckland.kubectl('delete', 'configmap', 'auckland-config', '--ignore-not-found');
        auckland.kubectl('create', 'configmap', 'auckland-config', '--from-literal=mine=yes');
        return true;
      },
      20_000,
      'to be first',
    );
    const { message } = await stalled('auckland', 'NotOurs');
    expect(message).toMatch(
      /ConfigMap auckland-config in namespace office-auckland .* was not created by this network/,
    );
    const mine = JSON.parse(auckland.kubectl('get', 'configmap', 'auckland-config', '-o', 'json')) as Live;
    expect(mine.data).toEqual({ mine: 'yes' });
    expect(condition('sydney', 'Stalled')!.status).toBe('False');
    auckland.kubectl('delete', 'configmap', 'auckland-config');
    await stalled('auckland', 'Valid');
  }, 90_000);

  it('follows a replaced kubeconfig, and reports one that is invalid or lacks permissions', async () => {
    sydney.kubectl('delete', 'serviceaccount', 'sitesync-operator');
    const { message } = await stalled('sydney', 'KubeconfigUnusable', 40_000);
    expect(message).toMatch(/rejects the credentials: create a new token/);
    sydney.grant();
    lead('cluster-sydney', sydney.kubeconfig());
    await stalled('sydney', 'Valid');
    sydney.kubectl('delete', 'rolebinding', 'sitesync-operator');
    const forbidden = await stalled('sydney', 'ClusterForbids', 40_000);
    expect(forbidden.message).toMatch(/Apply manifests\/other-cluster\.yaml in the namespace there/);
    sydney.grant();
    await stalled('sydney', 'Valid', 40_000);
  }, 150_000);

  it('a cluster that accepts connections and answers nothing delays nobody', async () => {
    const before = slowLooks(await operator!.metrics());
    sydney.way.freeze();
    const begun = Date.now();
    site('paris', { hubs: [{ name: 'frankfurt' }] });
    await until(() => names(here('statefulsets')).includes('StatefulSet/paris'), 10_000, 'another site here');
    await until(() => /paris/.test(JSON.stringify(there(auckland, 'configmaps'))), 15_000, 'the roster there');
    expect(Date.now() - begun).toBeLessThan(15_000);
    const { message } = await stalled('sydney', 'ClusterUnreachable', 40_000);
    expect(message).toMatch(/does not respond: timed out\. Its sites keep running/);
    expect(condition('sydney', 'Reconciling')!.status).toBe('Unknown');
    expect(condition('frankfurt', 'Stalled')!.status).toBe('False');
    expect(condition('auckland', 'Stalled')!.status).toBe('False');
    const text = await operator!.metrics();
    expect(slowLooks(text)).toBe(before);
    expect(text).toMatch(/sitesync_cluster_usable\{network="acme",secret="cluster-sydney"\} 0/);
    sydney.way.thaw();
    await stalled('sydney', 'Valid', 90_000);
    await until(() => /paris/.test(JSON.stringify(there(sydney, 'configmaps'))), 20_000, 'what came meanwhile');
  }, 180_000);

  it('a site that moves is created anew only once its previous objects are gone', async () => {
    kubectl('patch', 'site', 'auckland', '--type=json', '-p', '[{"op":"remove","path":"/spec/placement"}]');
    await until(() => names(here('statefulsets')).includes('StatefulSet/auckland'), 40_000, 'it to be here');
    expect(there(auckland)).toEqual([]);
    await until(() => records('auckland').length === 0, 20_000, 'the record to go');
    kubectl(
      'patch',
      'site',
      'auckland',
      '--type=merge',
      '-p',
      '{"spec":{"placement":{"kubeconfigSecret":"cluster-auckland"}}}',
    );
    await until(() => names(there(auckland)).includes('StatefulSet/auckland'), 40_000, 'it to be there again');
    expect(names(here('statefulsets,services')).filter((name) => /auckland/.test(name))).toEqual([]);
  }, 120_000);

  it('deleting a Site leaves nothing there', async () => {
    kubectl('delete', 'site', 'auckland');
    await until(() => there(auckland).length === 0, 30_000, 'its objects to go');
    await until(() => records('auckland').length === 0, 20_000, 'the record to go');
    await until(async () => !(await operator!.metrics()).includes('cluster-auckland'), 20_000, 'its numbers to go');
    expect(await operator!.metrics()).not.toContain(`host="${new URL(auckland.server).host}"`);
    expect(names(there(sydney))).toContain('StatefulSet/sydney');
  }, 90_000);

  it('the objects of a deleted Site in a cluster that does not respond are abandoned in time, and that is reported', async () => {
    site('auckland', { hubs: [{ name: 'frankfurt' }], placement: { kubeconfigSecret: 'cluster-auckland' } });
    await until(() => names(there(auckland)).includes('StatefulSet/auckland'), 40_000, 'it to be there');
    auckland.way.freeze();
    kubectl('delete', 'site', 'auckland');
    await until(() => records('auckland').length === 0, GIVE_UP_MS + 20_000, 'the record to go');
    const events = kubectl('get', 'events.events.k8s.io', '-o', 'json');
    expect(events).toMatch(
      /Left behind in namespace office-auckland of https:[^"]*: all objects with the label sitesync.dev\/site-uid=/,
    );
    auckland.way.thaw();
    expect(names(there(auckland))).toContain('StatefulSet/auckland');
    // It was ours: when the cluster returns, they are found.
    site('auckland', { hubs: [{ name: 'frankfurt' }], placement: { kubeconfigSecret: 'cluster-auckland' } });
    const uid = () => (JSON.parse(kubectl('get', 'site', 'auckland', '-o', 'json')) as Live).metadata.uid;
    const made = () => there(auckland, 'statefulsets')[0]?.metadata.labels?.['sitesync.dev/site-uid'];
    await until(() => made() === uid(), 60_000, 'it to be placed again');
  }, 150_000);

  it('when everything is deleted at once, Secrets first, so are the remote objects; an operator without access lets go at once', async () => {
    kubectl('delete', 'secret', 'cluster-sydney');
    await stalled('sydney', 'KubeconfigUnusable');
    kubectl('delete', 'sites,hubs,syncfolders,configmaps', '--all', '--wait=false');
    await until(() => there(sydney).length === 0, 40_000, 'the objects to go, by the kubeconfig that was known');
    await until(() => [...records('sydney'), ...records('auckland')].length === 0, 40_000, 'the records to go');
    kubectl('apply', '-f', 'manifests/multi-cluster.yaml');
    lead('cluster-sydney', sydney.kubeconfig());
    await until(() => names(there(sydney)).includes('StatefulSet/sydney'), 60_000, 'it to be there again');
    await operator!.stop();
    kubectl('delete', 'secret', 'cluster-sydney', 'cluster-auckland');
    kubectl('delete', 'sites,hubs,syncfolders,configmaps', '--all', '--wait=false');
    operator = await startOperator(near.kubeconfig, { giveUpMs: 600_000 });
    await until(() => [...records('sydney'), ...records('auckland')].length === 0, 60_000, 'the records to go');
    expect(names(there(sydney))).toContain('StatefulSet/sydney');
  }, 240_000);
});
