import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNetwork, eventually, installOperator, SLOW, type TestNetwork } from '../support/cluster.ts';

const api = (kind: string, name: string, spec: object) => ({
  apiVersion: 'sitesync.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});
const HUBS = ['lima', 'quito'];
const hubs = HUBS.map((name) => ({ name }));

let net: TestNetwork;
beforeAll(async () => {
  net = await createNetwork('rollout', [
    ...HUBS.flatMap((name) => [api('Site', name, {}), api('Hub', name, {})]),
    api('Site', 'cusco', { hubs }),
    api('Site', 'piura', { hubs: hubs.toReversed() }),
    api('SyncFolder', 'projects', { selector: {} }),
  ]);
  await net.ready();
}, 300_000);
afterAll(async () => {
  await installOperator();
  await net?.remove();
}, 180_000);

interface Pod {
  name: string;
  uid: string;
  isUp: boolean;
}

async function pods(): Promise<Pod[]> {
  const { items } = JSON.parse(await net.kubectl(['get', 'pods', '-o', 'json'])) as {
    items: {
      metadata: { name: string; uid: string; deletionTimestamp?: string };
      status?: { conditions?: { type: string; status: string }[] };
    }[];
  };
  return items.map(({ metadata: { name, uid, deletionTimestamp }, status }) => ({
    name: name.replace(/-0$/, ''),
    uid,
    isUp: !deletionTimestamp && !!status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
  }));
}

const images = async () => {
  const sets = await net.list('statefulsets');
  return Object.fromEntries(
    sets.map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec.template).includes('localhost/nothing:1')]),
  );
};

// A second run would find the template in use already.
it('a changed pod template goes from site to site: a child first, and never both hubs at once', {
  retry: 0,
  timeout: 500_000,
}, async () => {
  const before = new Map((await pods()).map(({ name, uid }) => [name, uid]));
  await installOperator('--set', 'imagePullSecrets[0].name=registry');
  const order: string[] = [];
  await eventually(
    async () => {
      const now = await pods();
      for (const { name, uid } of now) if (uid !== before.get(name) && !order.includes(name)) order.push(name);
      const up = now.filter(({ name, isUp }) => HUBS.includes(name) && isUp).map(({ name }) => name);
      expect(up).not.toEqual([]);
      return order.length === before.size && now.every(({ isUp }) => isUp);
    },
    400_000,
    'all pods to be replaced',
  );
  expect(order).toEqual(['cusco', 'lima', 'quito', 'piura']);
  await net.ready();
  for (const site of before.keys()) await net.reaches(site, 'Reconciling=False/Done');
  await net.crosses('cusco', ['piura', 'lima', 'quito']);
  for (const site of before.keys())
    for (const { reason } of await net.events(site)) expect(reason).not.toMatch(/^(RolloutStopped|PodReplaced)$/);
});

it('a bad image stops at the first site and is reported there; once corrected the roll-out continues', async () => {
  await installOperator('--set', 'imagePullSecrets[0].name=registry', '--set', 'database.image=localhost/nothing:1');
  await net.reaches('cusco', 'Ready=False/ErrImagePull', { or: 'ImagePullBackOff' });
  const { message } = await net.reaches('lima', 'Reconciling=True/RolloutStopped');
  expect(message).toContain('does not come up at cusco');
  await net.told('cusco', 'RolloutStopped', /continues by itself once the image or setting is corrected/);
  expect(await images()).toEqual({ cusco: true, lima: false, piura: false, quito: false });
  for (const site of ['lima', 'quito', 'piura']) expect((await net.condition(site, 'Ready'))?.status).toBe('True');
  await net.crosses('piura', ['lima', 'quito']);
  await installOperator('--set', 'imagePullSecrets[0].name=registry');
  await eventually(async () => Object.values(await images()).every((bad) => !bad), SLOW, 'the right image everywhere');
  await net.ready();
  await net.crosses('cusco', ['piura']);
}, 400_000);
