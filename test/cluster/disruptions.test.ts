import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/status.ts';
import {
  createNetwork,
  eventually,
  hackCluster,
  installOperator,
  kubectl,
  notOwn,
  OPERATOR,
  ownCluster,
  type TestNetwork,
} from '../support/cluster.ts';

const NODES = ['a', 'b', 'c'];

const api = (kind: string, name: string, spec: object) => ({
  apiVersion: 'sitesync.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});
const on = (node: string) => ({ placement: { nodeSelector: { 'kubernetes.io/hostname': node } } });

async function operatorPods(): Promise<{ name: string; node: string }[]> {
  const list = await kubectl([
    'get',
    'pods',
    '-n',
    OPERATOR.namespace,
    '-l',
    'app.kubernetes.io/component=operator',
    '-o',
    'json',
  ]);
  const { items } = JSON.parse(list) as { items: { metadata: { name: string }; spec: { nodeName: string } }[] };
  return items.map(({ metadata, spec }) => ({ name: metadata.name, node: spec.nodeName }));
}

async function leader(): Promise<string> {
  const lease = await kubectl([
    'get',
    'lease',
    'sitesync-operator',
    '-n',
    OPERATOR.namespace,
    '-o',
    'jsonpath={.spec.holderIdentity}',
  ]);
  return lease.replace(/_[^_]*$/, '');
}

describe.skipIf(!ownCluster())(`what goes wrong with the cluster${notOwn()}`, () => {
  let net: TestNetwork;
  let away: string;
  beforeAll(async () => {
    const [operator] = await operatorPods();
    const [first, second] = NODES.filter((node) => node !== operator!.node) as [string, string];
    away = second;
    net = await createNetwork('disrupted', [
      api('Site', 'lisbon', on(first)),
      api('Hub', 'lisbon', {}),
      api('Site', 'oslo', on(operator!.node)),
      api('Hub', 'oslo', {}),
      api('Site', 'porto', { ...on(second), hubs: [{ name: 'lisbon' }, { name: 'oslo' }] }),
      api('Site', 'faro', { ...on(operator!.node), hubs: [{ name: 'lisbon' }, { name: 'oslo' }] }),
      api('SyncFolder', 'projects', { selector: {} }),
    ]);
    await net.ready();
  });
  afterAll(async () => {
    await net?.remove();
  });

  afterEach(async () => {
    for (const node of NODES) await hackCluster('node-up', node);
  });

  it('a node is cut off: what cannot be seen is not shown as healthy; after it returns, what was saved there is synced', async () => {
    await hackCluster('node-down', away);
    const cut = Date.now();
    const since = (condition: Promise<Condition>) => condition.then((found) => ({ ...found, ms: Date.now() - cut }));
    const [notHeard, notReady] = await Promise.all([
      since(net.reaches('porto', 'Connected=False/NotHeard')),
      since(
        eventually(
          async () => {
            const ready = await net.condition('porto', 'Ready');
            return ready?.status === 'True' ? undefined : ready;
          },
          60_000,
          'porto not to be ready',
        ),
      ),
    ]);
    console.log(`cut off: Connected False after ${notHeard.ms} ms, Ready not True after ${notReady.ms} ms`);
    for (const { ms } of [notHeard, notReady]) expect(ms).toBeLessThan(30_000);
    const { message } = notHeard;
    expect(message).toMatch(/No hub has received a heartbeat from this site since/);
    expect((await net.condition('porto', 'Ready'))?.status).not.toBe('True');
    expect((await net.condition('porto', 'InSync'))?.status).toBe('Unknown');
    expect((await net.get('site', 'porto')).status).toMatchObject({ lag: '?', behind: '?' });
    await net.reaches('projects', 'Ready=Unknown/SitesNotHeard', { kind: 'syncfolder' });
    await net.crosses('faro', ['lisbon']);
    expect(await net.told('porto', 'NotHeard')).toMatch(/No hub has received a heartbeat/);
    await hackCluster('node-up', away);
    await net.reaches('porto', 'Ready=True');
    await net.reaches('porto', 'Connected=True/Heard');
    await net.told('porto', 'Connected', /receives its heartbeats/);
    await net.reaches('projects', 'Ready=True/Fresh', { kind: 'syncfolder' });
    await net.crosses('porto', ['faro', 'oslo']);
  });

  it("a hub's agent hangs while its database works: within 30 s its last reports no longer count; it is replaced, and all recovers", async () => {
    const { hub } = (await net.get('site', 'faro')).status as { hub: string };
    const other = hub === 'lisbon' ? 'oslo' : 'lisbon';
    const hubs = await Promise.all(
      ['porto', 'faro'].map(async (name) => [name, (await net.get('site', name)).status!.hub]),
    );
    const children = hubs.filter(([, its]) => its === hub).map(([name]) => name as string);
    const { spec } = await net.get('pod', `${hub}-0`);
    const { containerID, restartCount } = (await net.containers(hub)).find(({ name }) => name === 'agent')!;
    await hackCluster('kill-container', String(spec.nodeName), containerID, 'SIGSTOP');
    const stopped = Date.now();
    const told = await Promise.all(
      [hub, ...children].map(async (name) => {
        const { message } = await net.reaches(name, `Connected=Unknown/${name === hub ? 'AgentSilent' : 'HubSilent'}`);
        const ready = await net.condition(name, 'Ready');
        return { name, ms: Date.now() - stopped, message, ready };
      }),
    );
    console.log(`agent of ${hub} hangs: ${told.map(({ name, ms }) => `${name} Unknown after ${ms} ms`).join(', ')}`);
    for (const { ms, message, ready } of told) {
      expect(ms).toBeLessThan(30_000);
      expect(message).toContain(`kubectl logs ${hub}-0 -c agent`);
      expect(ready?.status).not.toBe('True');
    }
    expect((await net.condition('faro', 'InSync'))?.status).toBe('Unknown');
    expect((await net.get('site', 'faro')).status).toMatchObject({ lag: '?', behind: '?', lastContact: 'unknown' });
    await net.reaches('projects', 'Ready=Unknown/SitesNotHeard', { kind: 'syncfolder' });
    expect(await net.told('faro', 'HubSilent')).toMatch(`It is connected to ${hub} only`);
    // Unaffected sites continue.
    for (const type of ['Ready', 'Connected']) expect((await net.condition(other, type))?.status).toBe('True');
    await Promise.all([hub, ...children].map((name) => net.reaches(name, 'Ready=True')));
    await net.reaches('projects', 'Ready=True/Fresh', { kind: 'syncfolder' });
    await net.told('faro', 'Connected', /receives its heartbeats/);
    // The links stayed up: no child looked for another hub.
    expect((await net.get('site', 'faro')).status!.hub).toBe(hub);
    expect((await net.containers(hub)).find(({ name }) => name === 'agent')!.restartCount).toBe(restartCount + 1);
    await net.crosses('faro', ['porto', 'oslo', 'lisbon']);
  });

  it('the API server is restarted: files keep syncing, and the operator continues', async () => {
    const before = (await net.containers('faro')).map(({ restartCount }) => restartCount);
    await hackCluster('api-restart');
    await net.kubectl(['delete', 'service', 'faro']);
    // An API server that is away for 10 s costs the operator its lease: it exits, kubelet lets it wait, and the lease has to expire.
    await eventually(() => net.get('service', 'faro'), 120_000, 'the Service to be made again');
    await net.crosses('faro', ['porto']);
    await net.reaches('faro', 'Ready=True');
    expect((await net.containers('faro')).map(({ restartCount }) => restartCount)).toEqual(before);
  }, 300_000);

  it('the operator is killed during its work: the next one completes it', async () => {
    const [{ name, node }] = (await operatorPods()) as [{ name: string; node: string }];
    const { status } = JSON.parse(await kubectl(['get', 'pod', name, '-n', OPERATOR.namespace, '-o', 'json'])) as {
      status: { containerStatuses: { containerID: string }[] };
    };
    await net.apply(...['evora', 'braga', 'sintra'].map((site) => api('Site', site, { hubs: [{ name: 'lisbon' }] })));
    await eventually(
      async () => (await net.list('configmaps')).some(({ metadata }) => metadata.name === 'evora-config'),
      // It may have been restarted a moment ago, and wait as above.
      100_000,
      'the work to begin',
    );
    await hackCluster('kill-container', node, status.containerStatuses[0]!.containerID);
    await net.ready('evora', 'braga', 'sintra');
    for (const site of ['evora', 'braga', 'sintra']) {
      await net.reaches(site, 'Reconciling=False/Done');
      // What its predecessor had not done is not reported as somebody else's change.
      expect((await net.events(site)).filter(({ reason }) => /Restored|Drift|Replaced/.test(reason))).toEqual([]);
    }
    await net.kubectl(['delete', 'site', 'evora', 'braga', 'sintra', '--wait=false']);
  }, 300_000);

  it('two operators: one leads; when it exits the other takes over', async () => {
    await installOperator('--set', 'replicas=2');
    const first = await leader();
    expect((await operatorPods()).map(({ name }) => name)).toContain(first);
    await kubectl(['delete', 'pod', first, '-n', OPERATOR.namespace, '--wait=false']);
    const second = await eventually(async () => ((await leader()) === first ? '' : leader()), 60_000, 'another leader');
    expect(second).not.toBe(first);
    await net.kubectl(['delete', 'service', 'faro']);
    await eventually(() => net.get('service', 'faro'), 30_000, 'the Service to be made again');
    await installOperator();
  });

  it('the database image cannot be pulled: that is reported, and all recovers once its name is right', async () => {
    await installOperator('--set', 'database.image=localhost/nothing:1');
    const { message } = await net.reaches('faro', 'Ready=False/ErrImagePull', { or: 'ImagePullBackOff' });
    expect(message).toMatch(/Container mysql.*localhost\/nothing:1/);
    await eventually(
      async () => (await net.events('faro')).some(({ reason }) => /^(ErrImagePull|ImagePullBackOff)$/.test(reason)),
      15_000,
      'an Event',
    );
    await installOperator();
    await net.ready();
    await net.reaches('faro', 'Reconciling=False/Done');
    await net.told('faro', 'Ready', /^The site is syncing$/);
    await net.crosses('faro', ['porto']);
  });

  it('a hub is lost for good: that is reported, and its children move to the next one', async () => {
    await net.apply(api('Site', 'lisbon', on('nowhere')));
    await net.reaches('lisbon', 'Ready=False/Unschedulable', { kind: 'hub' });
    await eventually(
      async () => (await net.get('site', 'porto')).status!.hub === 'oslo',
      120_000,
      'porto to be with oslo',
    );
    await net.reaches('lisbon', 'Connected=False/NotHeard');
    await net.told('lisbon', 'Unschedulable', /cannot be scheduled/, 'Hub');
    await net.told('lisbon', 'Unschedulable', /cannot be scheduled/);
    await net.told('lisbon', 'NotHeard');
    await net.crosses('porto', ['faro', 'oslo']);
    // The children of the lost hub are fine.
    await Promise.all(['porto', 'faro'].map((site) => net.reaches(site, 'Ready=True')));
  });
});
