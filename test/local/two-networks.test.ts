import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendRequest } from '../../src/local/control.ts';
import { dataDir } from '../../src/local/data-dir.ts';
import { ownerOf } from '../../src/local/owner.ts';
import { ENGINE } from '../support/database.ts';
import { until } from '../support/until.ts';

/** Two networks of one user, with sites of the same names. */
const temp = mkdtempSync(join(tmpdir(), 'sitesync-two-'));
const env = { XDG_STATE_HOME: join(temp, 'state') };

interface Wishes {
  mode?: string;
  keep?: number;
  path?: string;
}

const yaml = ({ mode = 'readWrite', keep = 20, path }: Wishes = {}) =>
  [
    { kind: 'Site', metadata: { name: 'germany' } },
    { kind: 'Hub', metadata: { name: 'germany' }, spec: {} },
    { kind: 'Site', metadata: { name: 'brazil' }, spec: { hubs: [{ name: 'germany' }] } },
    {
      kind: 'SyncFolder',
      metadata: { name: 'projects' },
      spec: { selector: {}, sites: [{ name: 'brazil', mode, ...(path && { path }) }], versions: { keep } },
    },
  ]
    .map((doc) => JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', ...doc }))
    .join('\n---\n');

function network(name: string) {
  const data = dataDir(join(temp, name));
  const file = join(temp, `${name}.yaml`);
  const cli = (...args: string[]) =>
    execa('bin/sitesync', [...args, '--data', data.root], { stdin: 'ignore', timeout: 150_000, env });
  return {
    cli,
    data,
    file,
    up: (wishes?: Wishes) => {
      writeFileSync(file, yaml(wishes));
      return cli('up', file, '--detach', '--engine', ENGINE);
    },
    ports: () => JSON.parse(readFileSync(data.ports, 'utf8')) as Record<string, number>,
    root: (site: string) => data.site(site).folder('projects'),
  };
}

const [one, two] = [network('one'), network('two')];
const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
/** The agents of a network: none may be restarted. */
async function agents(of: typeof one): Promise<unknown[]> {
  const owner = ownerOf(of.data)!;
  const sites = (await sendRequest(owner.socket, { verb: 'processes' }, 5000)) as {
    site: string;
    processes: { kind: string }[];
  }[];
  return sites.map(({ site, processes }) => [site, processes.find(({ kind }) => kind === 'agent')]);
}

beforeAll(async () => {
  await Promise.all([one.up(), two.up()]);
}, 300_000);
afterAll(async () => {
  await Promise.allSettled([one.cli('down'), two.cli('down')]);
  rmSync(temp, { recursive: true, force: true });
}, 120_000);

test('start at the same moment with different ports, and each answers for itself', async () => {
  const [a, b] = [one.ports(), two.ports()];
  expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
  expect(Object.values(a).filter((port) => Object.values(b).includes(port))).toEqual([]);
  writeFileSync(join(one.root('brazil'), 'mine.txt'), 'one');
  await until(() => read(join(one.root('germany'), 'mine.txt')) === 'one', 90_000);
  expect(readdirSync(two.root('germany'))).toEqual(['.sitesync']);
}, 120_000);

test('the ports of a stopped network are not taken', async () => {
  const before = two.ports();
  await two.cli('down');
  const three = network('three');
  writeFileSync(three.file, yaml());
  await three.up();
  await three.cli('down');
  const taken = new Set([...Object.values(before), ...Object.values(one.ports())]);
  expect(Object.values(three.ports()).filter((port) => taken.has(port))).toEqual([]);
  await two.up();
  expect(two.ports()).toEqual(before);
}, 300_000);

test('a second "up" applies changes of a folder while the agents run', async () => {
  const before = await agents(one);
  await one.up({ mode: 'receiveOnly' });
  writeFileSync(join(one.root('brazil'), 'own.txt'), 'only here');
  writeFileSync(join(one.root('germany'), 'sign.txt'), 'all before it was seen');
  await until(() => read(join(one.root('brazil'), 'sign.txt')) !== undefined, 90_000);
  await one.cli('wait', '--timeout', '90s');
  expect(read(join(one.root('germany'), 'own.txt'))).toBeUndefined();
  await one.up({ mode: 'readWrite' });
  await until(() => read(join(one.root('germany'), 'own.txt')) === 'only here', 90_000);

  await one.up({ mode: 'sendOnly' });
  writeFileSync(join(one.root('germany'), 'late.txt'), 'not for brazil yet');
  await one.cli('wait', '--timeout', '90s');
  expect(read(join(one.root('brazil'), 'late.txt'))).toBeUndefined();
  await one.up();
  await until(() => read(join(one.root('brazil'), 'late.txt')) !== undefined, 90_000);

  const moved = join(temp, 'elsewhere');
  renameSync(one.root('brazil'), moved);
  await one.up({ path: moved });
  writeFileSync(join(one.root('germany'), 'sign.txt'), 'after the move');
  await until(() => read(join(moved, 'sign.txt')) === 'after the move', 90_000);

  const archived = () => {
    const archive = join(moved, '.sitesync/archive');
    return readdirSync(archive).flatMap((shard) => readdirSync(join(archive, shard))).length;
  };
  expect(archived()).toBeGreaterThan(0);
  writeFileSync(one.file, yaml({ path: moved, keep: 0 }));
  const { removals } = JSON.parse((await one.cli('plan', one.file, '--json')).stdout);
  expect(removals).toMatchObject([{ site: 'brazil', folder: 'projects', removes: { versions: archived() } }]);
  await one.up({ path: moved, keep: 0 });
  await until(() => archived() === 0, 90_000);
  expect(await agents(one)).toEqual(before);
}, 600_000);
