import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInput } from '../../base/invalid-input.ts';
import { parseBundle } from '../../bundle/file.ts';
import { isNotFound, KubeError } from '../../operator/kube/error.ts';
import { type KubeObject, objectPath } from '../../operator/kube/object.ts';
import { BUNDLE } from '../../operator/objects/external.ts';
import { objectName } from '../../operator/objects/json.ts';
import { parseCertificate } from '../../pki/certificate.ts';
import { print } from '../terminal/output.ts';
import { type Cluster, openCluster } from './open-cluster.ts';

interface Options {
  namespace?: string;
  kubeconfig?: string;
  context?: string;
  output?: string;
  force?: boolean;
  revoke?: boolean;
}

/** The operator polls every ten seconds, and notices a deleted Secret at once. */
const MADE_WITHIN_MS = 60_000;
const POLL_MS = 500;

const SUPPLIED =
  'Its key for the links is your own (spec.keys.ssh) and has not changed: hubs accept its certificate until it expires, or until its authority is replaced. Only its passwords are new.';

/** Prints the bundle of an external site that the operator keeps, or revokes those that were issued. */
export async function bundle(site: string, options: Options): Promise<void> {
  const { output, force, revoke } = options;
  if (!revoke && output === undefined && process.stdout.isTTY && !force) {
    const remedy = `Write it to a file: sitesync bundle ${site} -o ${site}.bundle. Or add --force`;
    throw new InvalidInput([
      {
        object: `Site/${site}`,
        reason: 'the bundle contains its keys, which should not be shown on a terminal',
        remedy,
      },
    ]);
  }
  const cluster = await openCluster(options);
  try {
    if (revoke) return await revokeIn(cluster, site);
    const text = await bundleOf(cluster, site);
    if (output === undefined) process.stdout.write(text);
    else write(output, text);
  } finally {
    await cluster.close();
  }
}

/** Never overwrites a file: it may be the only bundle of another site. */
function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'already exists' : `cannot be written (${code})`;
    throw new InvalidInput([{ file, reason, remedy: 'Specify another file with -o' }]);
  }
}

async function bundleOf(cluster: Cluster, site: string): Promise<string> {
  const live = await read(cluster, secretOf(cluster, site));
  const data = (live?.data ?? {}) as Record<string, string>;
  const text = data[BUNDLE] && Buffer.from(data[BUNDLE], 'base64').toString('utf8');
  if (!text) throw await whyNone(cluster, site, live !== undefined);
  parseBundle(text, `Secret ${objectName(site, 'keys')}`);
  return text;
}

async function revokeIn(cluster: Cluster, site: string): Promise<void> {
  const secret = secretOf(cluster, site);
  const before = await bundleOf(cluster, site);
  await cluster.client.request({ method: 'DELETE', path: objectPath(secret) }).catch((error: Error) => {
    throw refused(error, secret, 'delete');
  });
  for (const end = Date.now() + MADE_WITHIN_MS; Date.now() < end; await sleep(POLL_MS)) {
    const after = await bundleOf(cluster, site).catch(() => before);
    if (after === before) continue;
    print(
      `Site ${site} has new keys. Within two minutes the hubs reject the old ones: earlier bundles no longer work, and a machine that joined with one is disconnected.\nTo create a new bundle: sitesync bundle ${site} -n ${cluster.namespace} -o ${site}.bundle`,
    );
    const certificate = parseCertificate(parseBundle(after, secret.metadata.name).files['user_key-cert.pub']);
    if (certificate?.principals.includes(site)) print(SUPPLIED);
    return;
  }
  throw new Error(
    `The keys of ${site} are deleted, but the operator has not created new ones yet. Until it does, the hubs still accept the old ones: kubectl get deployment -A -l app.kubernetes.io/component=operator`,
  );
}

/** What to do when the Secret is missing or has no bundle. Whoever may read the Secret may not be allowed to read the Site. */
async function whyNone(cluster: Cluster, name: string, isThere: boolean): Promise<Error> {
  const { namespace } = cluster;
  const object = `Site/${name} in namespace ${namespace}`;
  const problem = (reason: string, remedy: string) => new InvalidInput([{ object, reason, remedy }]);
  const path = { apiVersion: 'sitesync.dev/v1alpha1', kind: 'Site', metadata: { name, namespace } };
  const site = await cluster.client
    .request<KubeObject>({ method: 'GET', path: objectPath(path) })
    .catch((error: Error) => error);
  if (isNotFound(site)) return problem('does not exist', 'Apply it first, or specify its namespace with -n');
  const spec = (site instanceof Error ? undefined : site.spec) as { placement?: { external?: boolean } } | undefined;
  if (spec ? !spec.placement?.external : isThere)
    return problem(
      'runs as a pod and has no bundle',
      'Set spec.placement.external: true to let a machine join as this site',
    );
  return problem(
    'has no bundle yet',
    `The operator creates it within seconds; if not, kubectl describe site ${name} -n ${namespace} says why`,
  );
}

const secretOf = ({ namespace }: Cluster, site: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: objectName(site, 'keys'), namespace },
});

async function read({ client }: Cluster, secret: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await client.request<KubeObject>({ method: 'GET', path: objectPath(secret) });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw refused(error as Error, secret, 'get');
  }
}

function refused(error: Error, { metadata: { name, namespace } }: KubeObject, verb: string): Error {
  if (!(error instanceof KubeError) || (error.code !== 403 && error.code !== 401)) return error;
  const remedy = `Ask for permission to ${verb} this Secret: kubectl create role ${name} -n ${namespace} --verb=get,delete --resource=secrets --resource-name=${name}`;
  return new InvalidInput([
    { object: `Secret/${name} in namespace ${namespace}`, reason: `you have no permission to ${verb} it`, remedy },
  ]);
}
