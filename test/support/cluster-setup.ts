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
  const cluster = given === undefined ? await startCluster() : { kubeconfig: given, wasUp: true };
  const { kubeconfig, wasUp } = cluster;
  const { stdout: kube } = await execa('bash', ['hack/kubernetes/build', '--path']);
  const program = isExecutable(kube) ? `${kube} kubectl` : 'kubectl';
  const kubectl = (...args: string[]) => {
    const [file, ...first] = program.split(' ') as [string, ...string[]];
    return execa(file, [...first, `--kubeconfig=${kubeconfig}`, ...args]);
  };
  const [image = '', tag = 'latest'] = (process.env.SITESYNC_IMAGE ?? 'localhost/sitesync:dev').split(/:(?=[^/]*$)/);
  const database = process.env.SITESYNC_DATABASE_IMAGE ?? 'localhost/mariadb:10.11';
  const settings = [`image.repository=${image}`, `image.tag=${tag}`, `databaseImage=${database}`].flatMap((one) => [
    '--set',
    one,
  ]);
  await kubectl('delete', 'namespace', '-l', 'sitesync.dev/test', '--wait=false');
  const { stdout: helm } = await execa('bash', ['hack/helm']);
  const inNamespace = { env: { KUBECONFIG: kubeconfig } };
  await execa(
    helm,
    [
      'upgrade',
      '--install',
      'sitesync',
      'charts/sitesync',
      '-n',
      NAMESPACE,
      '--create-namespace',
      '--wait',
      '--timeout=120s',
      ...settings,
    ],
    inNamespace,
  );
  project.provide('cluster', { kubectl: program, kubeconfig, own: given === undefined, settings });

  return async () => {
    if (!wasUp) {
      await execa('hack/cluster', ['down']);
      return;
    }
    await kubectl('delete', 'namespace', '-l', 'sitesync.dev/test');
    await execa(helm, ['uninstall', 'sitesync', '-n', NAMESPACE, '--wait', '--timeout=60s'], inNamespace);
  };
}

async function startCluster(): Promise<{ kubeconfig: string; wasUp: boolean }> {
  const { exitCode } = await execa('hack/cluster', ['kubectl', 'get', '--raw=/readyz'], { reject: false });
  const loud = { stderr: 'inherit' } as const;
  const { stdout } = await execa('hack/cluster', ['up'], loud);
  await execa('hack/cluster', ['load'], loud);
  return { kubeconfig: stdout, wasUp: exitCode === 0 };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
