import type { InputProblem } from '../base/invalid-input.ts';
import { fieldName } from './field.ts';
import type { Kind, Source } from './schema.ts';

/** A field that only the operator uses. */
export interface ClusterField {
  kind: Kind;
  path: string[];
  /** What to do instead when the network runs on one machine. */
  remedy: string;
  /** The field says that the site runs elsewhere, so running it here would be wrong. The others are reported and ignored. */
  refused?: true;
  /** Whether the field is cluster-only in this resource, as written; always if absent. */
  when?: (written: unknown) => boolean;
}

const STORAGE = 'Remove it: the files are stored in the data folder, or in spec.storage.path';
const ELSEWHERE = 'Remove it to run the site on this machine, or apply these files to a cluster with kubectl';
const USERS = 'Remove it: manage users with "sitesync user"';
const PROXY = 'Remove it, and point a reverse proxy at the address in spec.page.listen';
const POD = 'Remove it: without a cluster there is no pod';

const site = (path: string, remedy: string, when?: ClusterField['when']): ClusterField => ({
  kind: 'Site',
  path: path.split('.'),
  remedy,
  ...(when && { when }),
});

const elsewhere = (...about: Parameters<typeof site>): ClusterField => ({ ...site(...about), refused: true });

/** Everything that `sitesync up` cannot honour. A field that is neither here nor in a plan would be silently ignored. */
export const CLUSTER_FIELDS: ClusterField[] = [
  site('spec.storage.size', STORAGE),
  site('spec.storage.storageClassName', STORAGE),
  site('spec.storage.claimName', STORAGE),
  site('spec.storage.state', 'Remove it: the database is stored in the data folder'),
  site('spec.page.usersSecret', USERS),
  site('spec.page.tlsSecret', "Remove it, and put tls.crt and tls.key into secrets/page-tls/ of the site's folder"),
  site('spec.page.ingress', PROXY),
  site('spec.page.httpRoute', PROXY),
  site('spec.page.fromNamespaces', 'Remove it: access to the page is controlled by spec.page.listen and your firewall'),
  site('spec.page.host', 'Remove it: it is only used by ingress, httpRoute, and oidc without url', (written) => {
    const oidc = at(written, ['spec', 'page', 'oidc']);
    return oidc === undefined || at(oidc, ['url']) !== undefined;
  }),
  site(
    'spec.page.oidc.secretName',
    "Remove it, and put the client secret into secrets/oidc/client-secret of the site's folder",
  ),
  site('spec.placement.nodeSelector', ELSEWHERE),
  site('spec.placement.tolerations', ELSEWHERE),
  site('spec.placement.affinity', ELSEWHERE),
  elsewhere('spec.placement.kubeconfigSecret', ELSEWHERE),
  elsewhere(
    'spec.placement.external',
    'Remove it to run the site on this machine; external sites join a network on Kubernetes with a file from "sitesync bundle"',
    (written) => at(written, ['spec', 'placement', 'external']) !== false,
  ),
  site('spec.placement.maxAway', 'Remove it: it applies to external sites of a network on Kubernetes'),
  site(
    'spec.deletionPolicy',
    'Remove it, or set Retain: the data of a removed site stays in the data folder until you delete it',
    (written) => at(written, ['spec', 'deletionPolicy']) !== 'Retain',
  ),
  site('spec.keys', 'Remove it: keys are created and renewed in the data folder'),
  site('spec.pod', POD),
  {
    kind: 'Hub',
    path: ['spec', 'service'],
    remedy: 'Remove it: set the address sshd listens on in spec.listen, and the address others use in spec.address',
  },
];

/** The operator's actions: annotations that nothing reads without an operator. */
const ACTION_ANNOTATIONS = /^sitesync\.dev\//;

/** The parts of a resource that need an operator. */
export interface ClusterOnly {
  /** With these the resource cannot be run on one machine. */
  refused: InputProblem[];
  /** These have no effect on one machine, which the user should know. */
  noted: InputProblem[];
}

/** Pure; also works on a resource that is otherwise invalid. */
export function clusterOnly(written: unknown, kind: Kind, object: string, source: Source): ClusterOnly {
  const verbs = Object.keys((at(written, ['metadata', 'annotations']) as object | undefined) ?? {})
    .filter((key) => ACTION_ANNOTATIONS.test(key))
    .map((key) => ({
      path: ['metadata', 'annotations', key],
      remedy: 'Remove it, and use the command line, for example "sitesync approve" or "sitesync reject"',
      refused: undefined,
    }));
  const fields = CLUSTER_FIELDS.filter((field) => field.kind === kind)
    .filter(({ path, when }) => at(written, path) !== undefined && (when?.(written) ?? true))
    .map(({ path, remedy, refused }) => ({ path, remedy, refused }));
  const told = [...fields, ...verbs].map(({ path, remedy, refused }) => {
    const line = source.line(path);
    const reason = refused
      ? 'is for Kubernetes, and is not supported by "sitesync up"'
      : 'has no effect here: it is for Kubernetes';
    const problem = {
      file: source.file,
      ...(line !== undefined && { line }),
      object,
      field: fieldName(path),
      reason,
      remedy,
    };
    return { refused, problem };
  });
  return {
    refused: told.filter(({ refused }) => refused).map(({ problem }) => problem),
    noted: told.filter(({ refused }) => !refused).map(({ problem }) => problem),
  };
}

/** The value at a path; undefined when there is none. */
function at(value: unknown, path: string[]): unknown {
  let found = value;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}
