import { expect, it } from 'vitest';
import { createNetwork, eventually, helm, installOperator, kubectl, OPERATOR, SLOW } from '../support/cluster.ts';

const api = (kind: string, name: string, spec: object) => ({
  apiVersion: 'sitesync.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});
const NETWORK = [
  api('Site', 'rome', {}),
  api('Hub', 'rome', {}),
  api('Site', 'milan', { hubs: [{ name: 'rome' }] }),
  api('SyncFolder', 'projects', { selector: {} }),
];

it('CRDs are upgraded with objects present; the operator is uninstalled and reinstalled; the network keeps running', async () => {
  const net = await createNetwork('lifecycle', NETWORK);
  await net.ready();
  const pods = async () => (await net.list('pods')).map(({ metadata }) => metadata.uid).sort();
  const before = await pods();

  // As in an older release: without one of the columns.
  const columns = '/spec/versions/0/additionalPrinterColumns/0';
  await kubectl([
    'patch',
    'crd',
    'sites.sitesync.dev',
    '--type=json',
    '-p',
    JSON.stringify([{ op: 'remove', path: columns }]),
  ]);
  expect(await net.kubectl(['get', 'sites'])).not.toMatch(/READY/);

  await helm('uninstall', OPERATOR.release, '--wait');
  expect(await net.kubectl(['get', 'sites', '-o', 'name'])).toMatch(/rome/);
  await net.crosses('milan', ['rome']);
  await installOperator();
  await eventually(async () => /READY/.test(await net.kubectl(['get', 'sites'])), 30_000, 'the column');
  await net.ready();
  expect(await pods()).toEqual(before);

  await kubectl(['delete', 'namespace', net.namespace, '--wait=false']);
  await eventually(
    async () => !(await kubectl(['get', 'namespaces', '-o', 'name'])).includes(net.namespace),
    SLOW,
    'the namespace to be gone',
  );
  const log = await kubectl([
    'logs',
    '-n',
    OPERATOR.namespace,
    '-l',
    'app.kubernetes.io/component=operator',
    '--tail=50',
  ]);
  expect(log).not.toMatch(/unhandled/i);
});

it('deleting a Site removes its objects and keeps its files', async () => {
  const net = await createNetwork('leaving', NETWORK);
  await net.ready();
  await net.shell('milan', 'echo kept > /site/folders/projects/kept.txt');
  await net.kubectl(['delete', 'site', 'milan']);
  const left = async () =>
    (await net.list('statefulsets,services,configmaps,secrets,networkpolicies,pods')).filter(({ metadata }) =>
      metadata.name.startsWith('milan'),
    );
  await eventually(async () => (await left()).length === 0, SLOW, 'its objects to be gone');
  const claims = (await net.list('persistentvolumeclaims')).map(({ metadata }) => metadata.name);
  expect(claims).toEqual(expect.arrayContaining(['files-milan-0', 'state-milan-0']));
  await net.apply(NETWORK[2]!);
  await net.ready();
  expect(await net.shell('milan', 'cat /site/folders/projects/kept.txt')).toBe('kept');
  await net.remove();
});
