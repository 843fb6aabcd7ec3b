import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readPlan } from '../../src/agent/site/site-files.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import { createNetwork, eventually, kubectl, SLOW, type TestNetwork } from '../support/cluster.ts';

const PORT = 30_000 + Math.floor(Math.random() * 2_700);

/** The manifest with an address and paths that exist here. */
function manifest(node: string, temp: string): object[] {
  const text = readFileSync('manifests/external-laptop.yaml', 'utf8')
    .replace('sync.office.example:2222', `${node}:${PORT}`)
    .replace('service: {type: LoadBalancer}', `service: {type: NodePort, nodePort: ${PORT}}`)
    .replace('storage: {size: 200Gi}', 'storage: {size: 1Gi}')
    .replace('/home/ann/reference', join(temp, 'reference'));
  return parseAllDocuments(text).map((document) => document.toJS() as object);
}

describe('a machine outside of the cluster', () => {
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-outside-'));
  const data = dataDir(join(temp, 'data'));
  const papers = (name: string) => join(data.site('laptop').folder('papers'), name);
  let net: TestNetwork;
  const cli = (...args: string[]) => execa('bin/sitesync', args, { stdin: 'ignore', timeout: 100_000 });
  const bundle = (...args: string[]) =>
    cli('bundle', 'laptop', '-n', net.namespace, '--kubeconfig', inject('cluster').kubeconfig, ...args);
  const here = (command: string, ...args: string[]) => cli(command, ...args, '--data', data.root);
  const linkState = () => readFileSync(data.site('laptop').linkState, 'utf8');
  const comesHere = (name: string, text: string) =>
    eventually(
      () => existsSync(papers(name)) && readFileSync(papers(name), 'utf8') === text,
      SLOW,
      `${name} on the machine`,
    );

  beforeAll(async () => {
    const nodes = await kubectl([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}',
    ]);
    net = await createNetwork('outside', manifest(nodes.trim(), temp));
    await net.ready('office');
  });
  afterAll(async () => {
    await here('down');
    await net?.remove();
    rmSync(temp, { recursive: true, force: true });
  });

  it('joins with one file, becomes ready, and files are synced both ways', async () => {
    const before = await net.reaches('laptop', 'Connected=False/NotJoined');
    expect(before.message).toContain(`npx sitesync bundle laptop -n ${net.namespace}`);
    expect(await net.condition('laptop', 'Reconciling')).toMatchObject({ status: 'False', reason: 'Done' });
    await net.told('laptop', 'NotJoined');
    await bundle('-o', join(temp, 'laptop.bundle'));
    const { stdout } = await here('join', join(temp, 'laptop.bundle'), '--detach');
    expect(stdout).toMatch(/laptop/);
    expect(stdout).not.toMatch(/Not connected yet/);
    await net.reaches('laptop', 'Ready=True');
    await net.told('laptop', 'Connected');
    const [, line] = (await net.kubectl(['get', 'site', 'laptop'])).split('\n');
    expect(line).toMatch(/^laptop +True +child +office /);
    writeFileSync(papers('from-laptop.txt'), 'written on the way');
    await eventually(
      async () => (await net.shell('office', 'cat /site/folders/papers/from-laptop.txt')) === 'written on the way',
      SLOW,
      'its file in the office',
    );
    await net.shell(
      'office',
      'printf "in the office" > /site/folders/papers/from-office.txt; printf read > /site/folders/reference/book.txt',
    );
    await comesHere('from-office.txt', 'in the office');
    await eventually(() => existsSync(join(temp, 'reference', 'book.txt')), SLOW, 'the folder in a place of its own');
  });

  it('picks up a new folder and a new site by itself; the pod of its hub is not restarted', async () => {
    const pod = (await net.get('pod', 'office-0')).metadata.uid;
    const api = (kind: string, name: string, spec: object) => ({
      apiVersion: 'sitesync.dev/v1alpha1',
      kind,
      metadata: { name },
      spec,
    });
    await net.apply(
      api('SyncFolder', 'later', { selector: {} }),
      api('Site', 'tablet', { hubs: [{ name: 'office' }], placement: { external: true } }),
    );
    const dir = data.site('laptop');
    await eventually(() => existsSync(dir.folder('later')), SLOW, 'the new folder');
    const sites = () => readPlan(dir).sites.map(({ name }) => name);
    await eventually(() => sites().join() === 'laptop,office,tablet', SLOW, 'the new site in its roster');
    await net.shell('office', 'printf new > /site/folders/later/new.txt');
    await eventually(() => existsSync(join(dir.folder('later'), 'new.txt')), SLOW, 'a file of it');
    await net.reaches('laptop', 'Reconciling=False');
    await net.reaches('laptop', 'Ready=True');
    await net.reaches('tablet', 'Connected=False/NotJoined');
    expect((await net.get('pod', 'office-0')).metadata.uid).toBe(pod);
  });

  it('once revoked, is disconnected and told so, which does not affect the folder; with a new bundle it returns', async () => {
    const { stdout } = await bundle('--revoke');
    expect(stdout).toContain('Site laptop has new keys');
    await eventually(() => /was revoked/.test(linkState()), SLOW, 'its hub to refuse it');
    await net.reaches('laptop', 'Connected=False/Away');
    await net.told('laptop', 'Away');
    await eventually(
      async () => /Away: laptop/.test((await net.condition('papers', 'Ready', 'syncfolder'))?.message ?? ''),
      SLOW,
      'the folder to say that it is away',
    );
    expect(await net.condition('papers', 'Ready', 'syncfolder')).toMatchObject({ status: 'True', reason: 'Fresh' });
    await net.shell('office', 'printf "while it was away" > /site/folders/papers/meanwhile.txt');
    // A clone of the machine as it was: the old bundle gives no access.
    const thief = join(temp, 'thief');
    const stolen = await cli('join', join(temp, 'laptop.bundle'), '--detach', '--data', thief);
    expect(stolen.stdout).toMatch(/Not connected yet: link to office: office refuses this site's certificate/);
    await cli('down', '--data', thief);
    await bundle('-o', join(temp, 'second.bundle'));
    await here('join', join(temp, 'second.bundle'));
    await comesHere('meanwhile.txt', 'while it was away');
    await net.reaches('laptop', 'Ready=True');
    await net.reaches('laptop', 'KeysValid=True');
  });
});
