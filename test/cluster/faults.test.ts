import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createNetwork,
  eventually,
  hackCluster,
  type Live,
  notOwn,
  ownCluster,
  type TestNetwork,
} from '../support/cluster.ts';

describe.concurrent('faults at one site', () => {
  let net: TestNetwork;
  beforeAll(async () => {
    net = await createNetwork('faults', 'manifests/five-offices.yaml');
    await net.ready();
  });
  afterAll(() => net?.remove());

  const isMadeAgain = (kind: string, name: string, { metadata }: Live, limitMs = 30_000) =>
    eventually(
      async () => (await net.get(kind, name)).metadata.uid !== metadata.uid,
      limitMs,
      `${kind} ${name} to be made again`,
    );

  it.skipIf(!ownCluster())(
    `each container of a pod is killed: that is said of each, it starts again, and the site works${notOwn()}`,
    async () => {
      const history = net.history('germany');
      for (const { name, restartCount } of await net.containers('germany')) {
        if (name === 'mysql-initialise') continue;
        const { containerID } = (await net.containers('germany')).find((one) => one.name === name)!;
        const { spec } = await net.get('pod', 'germany-0');
        await hackCluster('kill-container', String(spec.nodeName), containerID);
        const restarted = async () =>
          (await net.containers('germany')).find((one) => one.name === name)!.restartCount > restartCount;
        await eventually(restarted, 60_000, `${name} to start again`);
        const saying = new RegExp(
          `^Container ${name} of pod germany-0 exited on SIGKILL \\(exit code 137\\) and was restarted`,
        );
        await net.told('germany', 'ContainerRestarted', saying);
      }
      await net.reaches('germany', 'Ready=True');
      await net.reaches('germany', 'Reconciling=False/Done');
      const seen = history.seen();
      history.stop();
      // What has no readiness of its own may recover before anybody sees that it failed.
      expect(seen).toMatch(/^Ready=False\/\w+$/m);
      expect(seen).toMatch(/^Reconciling=True\/\w+$/m);
      await net.crosses('germany', ['brazil', 'australia']);
    },
  );

  it('its pod is deleted: that is reported, and the next one continues', async () => {
    const before = await net.get('pod', 'newzealand-0');
    const history = net.history('newzealand');
    await net.shell('newzealand', 'echo kept > /site/folders/projects/kept.txt');
    await net.kubectl(['delete', 'pod', 'newzealand-0', '--wait=false']);
    const { message } = await net.reaches('newzealand', 'Ready=False');
    // Its pod is gone, and so is its link: either may be noticed first.
    expect(message).toMatch(/pod|Container|No hub has received a heartbeat/);
    await isMadeAgain('pod', 'newzealand-0', before);
    await net.told(
      'newzealand',
      'PodReplaced',
      /^Pod newzealand-0 was deleted or lost and has been replaced by an identical one$/,
    );
    await net.reaches('newzealand', 'Ready=True');
    await net.reaches('newzealand', 'Reconciling=False/Done');
    const pod = /=(True|False)\/(PodTerminating|PodNotReady|NoPod|ContainerFailed)$/;
    expect(history.seen()).toMatch(/^Reconciling=True\/(PodTerminating|PodNotReady|NoPod|ContainerFailed)$/m);
    history.stop();
    expect((await net.events('newzealand')).filter(({ reason }) => pod.test(`=False/${reason}`))).not.toEqual([]);
    expect(await net.shell('newzealand', 'cat /site/folders/projects/kept.txt')).toBe('kept');
    await net.crosses('newzealand', ['australia']);
  });

  it('its ConfigMap, Service and StatefulSet are deleted: that is reported, they are recreated, and files are kept', async () => {
    const names = { ConfigMap: 'australia-config', Service: 'australia-hub', StatefulSet: 'australia' };
    const before = await Promise.all(Object.entries(names).map(([kind, name]) => net.get(kind, name)));
    const history = net.history('australia');
    await net.shell('australia', 'echo kept > /site/folders/projects/australia.txt');
    const pod = await net.get('pod', 'australia-0');
    await Promise.all(Object.entries(names).map(([kind, name]) => net.kubectl(['delete', kind, name, '--wait=false'])));
    await Promise.all(Object.entries(names).map(([kind, name], i) => isMadeAgain(kind, name, before[i]!)));
    for (const [kind, name] of Object.entries(names))
      await net.told(
        'australia',
        'ObjectRestored',
        new RegExp(`^${kind} ${name} was deleted externally and has been recreated$`),
      );
    await isMadeAgain('pod', 'australia-0', pod, 90_000);
    await net.told('australia', 'PodReplaced');
    // The containers of the new pod start one after another.
    const content = () => net.shell('australia', 'cat /site/folders/projects/australia.txt').catch(() => '');
    await eventually(async () => (await content()) === 'kept', 90_000, 'the file in the new pod');
    await net.reaches('australia', 'Ready=True');
    await net.reaches('australia', 'Reconciling=False/Done');
    expect(history.seen()).toMatch(/Ready=False\/(PodTerminating|PodNotReady|NoPod|ContainerFailed)/);
    history.stop();
    await net.crosses('australia', ['brazil']);
  });

  it('its Secret is deleted, and its objects are edited by hand: that is reported and reverted', async () => {
    const secret = await net.get('secret', 'spain-keys');
    await net.kubectl(['delete', 'secret', 'spain-keys']);
    await isMadeAgain('secret', 'spain-keys', secret);
    await net.told('spain', 'ObjectRestored', /^Secret spain-keys was deleted .* with new keys and passwords$/);
    expect((await net.get('secret', 'spain-keys')).data!.user_key).not.toBe(secret.data!.user_key);
    const edits: [string, string, object, string][] = [
      ['Service', 'spain', { spec: { ports: [{ name: 'https', port: 8443, targetPort: 'nowhere' }] } }, 'spec.ports'],
      ['ConfigMap', 'spain-config', { data: { 'plan.json': '{}' } }, 'data.plan.json'],
      ['NetworkPolicy', 'spain', { spec: { egress: [{}] } }, 'spec.egress'],
      ['StatefulSet', 'spain', { spec: { replicas: 0 } }, 'spec.replicas'],
    ];
    const before = await Promise.all(edits.map(([kind, name]) => net.get(kind, name)));
    for (const [kind, name, edit] of edits)
      await net.kubectl(['patch', kind, name, '--type=merge', '-p', JSON.stringify(edit)]);
    for (const [i, [kind, name, , field]] of edits.entries()) {
      await eventually(
        async () => {
          const { spec, data } = await net.get(kind, name);
          expect({ spec, data }).toEqual({ spec: before[i]!.spec, data: before[i]!.data });
          return true;
        },
        30_000,
        `${kind} ${name} to be set back`,
      );
      const message = await net.told('spain', 'DriftCorrected', new RegExp(`^${kind} ${name} `));
      expect(message).toBe(`${kind} ${name} was modified externally (${field}). The changes have been reverted`);
    }
    await net.reaches('spain', 'Ready=True');
    await net.reaches('spain', 'KeysValid=True/Valid');
    await net.reaches('spain', 'Reconciling=False/Done');
  });

  it('its pod cannot be scheduled: that is reported, and it recovers once the selector is right', async () => {
    const site = (extra: object) => ({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind: 'Site',
      metadata: { name: 'brazil' },
      spec: { hubs: [{ name: 'germany' }, { name: 'australia' }], ...extra },
    });
    await net.apply(site({ placement: { nodeSelector: { office: 'nowhere' } } }));
    const { message } = await net.reaches('brazil', 'Ready=False/Unschedulable');
    expect(message).toMatch(/cannot be scheduled/);
    await net.reaches('brazil', 'Reconciling=True/Unschedulable');
    await net.apply(site({}));
    await net.reaches('brazil', 'Ready=True');
    expect(await net.told('brazil', 'Unschedulable')).toMatch(/cannot be scheduled/);
    await net.reaches('brazil', 'Reconciling=False/Done');
    expect(await net.told('brazil', 'Ready')).toBe('The site is syncing');
    await net.crosses('brazil', ['germany']);
  });
});

describe.concurrent('invalid objects beside valid ones', () => {
  let net: TestNetwork;
  const object = (kind: string, name: string, spec: object) => ({
    apiVersion: 'sitesync.dev/v1alpha1',
    kind,
    metadata: { name },
    spec,
  });
  beforeAll(async () => {
    net = await createNetwork('faulty', [
      object('Site', 'berlin', {
        storage: { size: '48Mi', storageClassName: ownCluster() ? 'small' : undefined, state: { size: '1Gi' } },
      }),
      object('Hub', 'berlin', {}),
      object('SyncFolder', 'projects', { selector: {} }),
    ]);
    await net.ready();
  });
  afterAll(() => net?.remove());

  it('each reports what is wrong and what to do; the valid ones work', async () => {
    await net.apply(
      object('Site', 'bonn', { hubs: [{ name: 'nowhere' }] }),
      object('Hub', 'nobody', {}),
      object('SyncFolder', 'plans', { sites: [{ name: 'atlantis' }] }),
    );
    const faulty: [string, string, RegExp][] = [
      ['Site', 'bonn', /there is no hub "nowhere"\. .*It is not running/],
      ['Hub', 'nobody', /there is no Site with this name\. .*It has no effect/],
      ['SyncFolder', 'plans', /atlantis/],
    ];
    for (const [kind, name, message] of faulty) {
      const stalled = await net.reaches(name, 'Stalled=True/InvalidSpec', { kind });
      expect(stalled.message).toMatch(message);
      await net.reaches(name, 'Ready=False/InvalidSpec', { kind });
      expect(await net.told(name, 'InvalidSpec', /(?:)/, kind)).toBe(stalled.message);
    }
    expect((await net.condition('berlin', 'Stalled'))?.status).toBe('False');
    await net.apply(
      object('Site', 'bonn', { hubs: [{ name: 'berlin' }] }),
      object('Site', 'nobody', {}),
      object('Site', 'atlantis', { hubs: [{ name: 'berlin' }] }),
    );
    await Promise.all(faulty.map(([kind, name]) => net.reaches(name, 'Stalled=False/Valid', { kind })));
    for (const [kind, name] of faulty) await net.told(name, 'Valid', /The spec is valid/, kind);
    await net.reaches('bonn', 'Ready=True');
    await net.crosses('berlin', ['bonn']);
  });

  it.skipIf(!ownCluster())(`a volume is full: that is said, and cleared when there is room${notOwn()}`, async () => {
    const fill = 'head -c 100M /dev/zero > /site/folders/projects/.sitesync-fill || true';
    await net.shell('berlin', fill);
    const { message } = await net.reaches('berlin', 'StorageHealthy=False/DiskFilling');
    expect(message).toMatch(/Increase spec.storage of Site berlin, or free up space/);
    await net.reaches('berlin', 'Ready=False/DiskFilling');
    expect((await net.get('site', 'berlin')).status!.disk).toMatch(/^[0-4]% of/);
    await net.shell('berlin', 'rm /site/folders/projects/.sitesync-fill');
    await net.reaches('berlin', 'StorageHealthy=True/Usable');
    await net.reaches('berlin', 'Ready=True');
    expect(await net.told('berlin', 'DiskFilling')).toBe(message);
    expect(await net.told('berlin', 'StorageHealthy')).toBe('All folders are usable and there is free space');
    await net.crosses('berlin', []);
  });
});
