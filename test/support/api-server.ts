import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { accessSync, constants, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tlsAuthority, tlsKeys } from '../../src/operator/keys/tls.ts';
import { KubeConfig } from '../../src/operator/kube/kube-config.ts';
import { freePort } from './net.ts';
import { until } from './until.ts';

/** Where every component of Kubernetes is, or why there is none here. */
export const KUBE = findKube();

function findKube(): { path: string } | { missing: string } {
  const path = execFileSync('bash', ['hack/kubernetes/build', '--path'], { encoding: 'utf8' }).trim();
  try {
    accessSync(path, constants.X_OK);
    return { path };
  } catch {
    return { missing: `no Kubernetes was built yet (hack/kubernetes/build builds it): ${path}` };
  }
}

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

/** A real etcd and kube-apiserver on loopback. Nothing runs pods or controllers. */
export async function startApiServer() {
  if ('missing' in KUBE) throw new Error(KUBE.missing);
  const { path: kube } = KUBE;
  const temp = mkdtempSync(join(tmpdir(), 'sitesync-api-server-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(temp, name), text, { mode: 0o600 });
    return join(temp, name);
  };
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const authority = await tlsAuthority({}, { network: 'test', phase: 'steady', days: 1, now: Date.now() });
  const { files } = await tlsKeys(authority, ['localhost'], {}, { days: 1, now: Date.now() });
  const token = randomBytes(16).toString('hex');
  const serviceAccounts = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const serviceAccountKey = file('sa.key', serviceAccounts.privateKey);
  const apiArguments = [
    'kube-apiserver',
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${file('tls.crt', files['tls.crt']!)}`,
    `--tls-private-key-file=${file('tls.key', files['tls.key']!)}`,
    `--token-auth-file=${file('tokens.csv', `${token},admin,admin,system:masters\n`)}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${serviceAccountKey}`,
    `--service-account-signing-key-file=${serviceAccountKey}`,
    '--service-cluster-ip-range=10.221.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    `--cert-dir=${temp}`,
  ];
  const kubeconfig = file(
    'kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: {
            server: `https://127.0.0.1:${port}`,
            'tls-server-name': 'localhost',
            'certificate-authority-data': Buffer.from(authority['tls.crt']!).toString('base64'),
          },
        },
      ],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    }),
  );

  const launch = (name: string, args: string[]) => {
    const log = openSync(join(temp, `${name}.log`), 'a');
    return spawn(kube, args, { stdio: ['ignore', log, log] });
  };
  const end = async (child: ChildProcess | undefined, signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };

  const etcd = launch('etcd', [
    'etcd',
    `--data-dir=${join(temp, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
    `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
  ]);
  let api: ChildProcess | undefined;
  const kubectl = (args: string[], input?: string) =>
    execFileSync(kube, ['kubectl', `--kubeconfig=${kubeconfig}`, ...args], {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 64 * 2 ** 20,
      ...(input !== undefined && { input }),
    });

  async function start(): Promise<void> {
    api = launch('kube-apiserver', apiArguments);
    await until(() => kubectl(['get', '--raw', '/readyz']) === 'ok', 60_000, 'the API server to be ready');
    await until(() => kubectl(['get', 'namespace', 'default', '-o', 'name']), 20_000, 'the default namespace');
  }
  await start();

  return {
    kubeconfig,
    etcdPort,
    kubectl,
    config() {
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      return config;
    },
    pid: () => api!.pid!,
    kill: () => end(api, 'SIGKILL'),
    start,
    async stop() {
      // Before etcd: without it the server hangs in its own shutdown.
      await end(api, 'SIGKILL');
      await end(etcd, 'SIGKILL');
      rmSync(temp, { recursive: true, force: true });
    },
  };
}
