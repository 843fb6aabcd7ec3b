import { accessSync, constants } from 'node:fs';
import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

const NAMESPACE = 'sitesync';

/**
 * A cluster with the operator of this checkout for all tests: the one that KUBECONFIG leads to, with images that it must be able to
 * pull, or the one of hack/cluster, which is taken down afterwards unless it was up before.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.KUBECONFIG;
  if (given !== undefined) return install(project, given, false);
  const { exitCode } = await execa('hack/cluster', ['kubectl', 'get', '--raw=/readyz'], { reject: false });
  const wasUp = exitCode === 0;
  const down = () => execa('hack/cluster', ['down']);
  try {
    const { stdout: kubeconfig } = await execa('hack/cluster', ['up'], { stderr: 'inherit' });
    await execa('hack/cluster', ['load'], { stderr: 'inherit' });
    const uninstall = await install(project, kubeconfig, true);
    return async () => {
      await (wasUp ? uninstall() : down());
    };
  } catch (error) {
    if (!wasUp) await down();
    throw error;
  }
}

/** Removes what an aborted run left, and installs the operator; returns what removes it all. */
async function install(project: TestProject, kubeconfig: string, own: boolean): Promise<() => Promise<void>> {
  const { stdout: kube } = await execa('bash', ['hack/kubernetes/build', '--path']);
  const { stdout: helm } = await execa('bash', ['hack/helm']);
  const command = isExecutable(kube) ? [kube, 'kubectl'] : ['kubectl'];
  const [program = '', ...first] = command;
  const kubectl = (...args: string[]) => execa(program, [...first, `--kubeconfig=${kubeconfig}`, ...args]);
  const withHelm = (...args: string[]) =>
    execa(helm, [...args, '-n', NAMESPACE, '--wait', '--timeout=120s'], { env: { KUBECONFIG: kubeconfig } });
  const settings = chartSettings();
  await kubectl('delete', 'namespace', '-l', 'sitesync.dev/test', '--wait=false');
  await withHelm('upgrade', '--install', 'sitesync', 'charts/sitesync', '--create-namespace', ...settings);
  project.provide('cluster', { kubectl: command.join(' '), kubeconfig, own, settings });
  return async () => {
    await kubectl('delete', 'namespace', '-l', 'sitesync.dev/test');
    await withHelm('uninstall', 'sitesync');
  };
}

/** The images under test; unless given those that hack/cluster has. */
function chartSettings(): string[] {
  const { SITESYNC_IMAGE = 'localhost/sitesync:dev', SITESYNC_ENGINE: engine = 'mariadb' } = process.env;
  const present = { mariadb: 'localhost/mariadb:10.11', mysql: 'localhost/mysql:9.7' }[engine] ?? '';
  const { SITESYNC_DATABASE_IMAGE = present } = process.env;
  // The tag, not the port of the registry.
  const [repository = '', tag = 'latest'] = SITESYNC_IMAGE.split(/:(?=[^/]*$)/);
  const database = [`database.engine=${engine}`, `database.image=${SITESYNC_DATABASE_IMAGE}`];
  const values = [`image.repository=${repository}`, `image.tag=${tag}`, ...database];
  return values.flatMap((value) => ['--set', value]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
