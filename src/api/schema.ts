import { z } from 'zod';
import { Address, AddressRange } from './address.ts';
import { BRAKE_DEFAULTS } from './brake.ts';
import { OidcSpec } from './oidc.ts';
import { Duration, Period, Rate, Size } from './quantity.ts';

/**
 * The three kinds that users create, with defaults and limits. Every list and text has a maximum length, so that rules over
 * them stay cheap for an API server; unknown fields are errors.
 */
export const API_VERSION = 'sitesync.dev/v1alpha1';

/** A DNS label, short enough that every name derived from it is one too. */
const Name = z
  .string()
  .max(40, { error: 'is longer than 40 characters: shorten it', abort: true })
  .regex(
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'is not a valid name: use lowercase letters, digits and "-", starting with a letter and not ending with "-"',
  );
const Namespace = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'is not a valid namespace: use lowercase letters, digits and "-"');

/** A map of texts with a maximum number of keys. */
const texts = (count: number, length: number) =>
  z
    .record(z.string().max(317), z.string().max(length))
    .refine((all) => Object.keys(all).length <= count, `has too many entries: keep at most ${count}`)
    .meta({ maxProperties: count });
const Labels = texts(64, 63);

const Metadata = z.strictObject({
  name: Name,
  namespace: Namespace.default('default'),
  labels: Labels.default({}),
  annotations: texts(256, 262_144).optional(),
});

/** Below the root, without "." and ".." segments or control characters: different texts are different places. */
const AbsolutePath = z
  .string()
  .max(1024)
  .regex(
    /^(\/+([^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.[^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.\.[^/\x00-\x1f\x7f]+))+\/*$/,
    'is not an absolute path: write it like /srv/files, without ".", ".." or control characters',
  );

/** Default volume sizes. */
export const VOLUME_SIZES = { files: '10Gi', state: '5Gi' };

const ClaimName = z.string().min(1).max(253);
const ClassName = z.string().max(253);

/** Where a site keeps its files: a new volume of a given size, an existing claim, or a directory of the node or machine. */
const Storage = z.strictObject({
  size: Size.optional().describe(
    `Size of a volume created for the files, such as 200Gi; ${VOLUME_SIZES.files} if no storage is specified`,
  ),
  storageClassName: ClassName.optional().describe(
    "StorageClass of that volume. Defaults to the cluster's default class",
  ),
  claimName: ClaimName.optional().describe('Name of an existing PersistentVolumeClaim'),
  path: AbsolutePath.optional().describe('Directory on the node or machine the site runs on'),
  state: z
    .strictObject({
      size: Size.optional().describe(`Size of a separate volume. Defaults to ${VOLUME_SIZES.state}`),
      storageClassName: ClassName.optional().describe('StorageClass of that volume. Defaults to that of the files'),
      claimName: ClaimName.optional().describe(
        'Name of an existing PersistentVolumeClaim to use instead of a new volume',
      ),
    })
    .optional()
    .describe(
      'Where the database is stored. Defaults to a separate volume with size, and to the same volume as the files with claimName or path',
    ),
});

/** Passed on to the pod unchanged, and validated by Kubernetes. */
const passedOn = (what: string) =>
  z.record(z.string().max(253), z.json()).meta({ description: what, 'x-kubernetes-preserve-unknown-fields': true });

const Resources = passedOn('Resource requests and limits, as for any container').optional();

const Pod = z.strictObject({
  resources: z
    .strictObject({ agent: Resources, mysql: Resources, rsyncd: Resources, link: Resources, sshd: Resources })
    .optional()
    .describe('Per container; omitted ones use defaults'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('Defaults to IfNotPresent'),
  priorityClassName: z.string().max(253).optional().describe('Name of an existing PriorityClass'),
  annotations: texts(64, 262_144).optional().describe('Annotations added to the pod'),
});

const SecretName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is not a valid Secret name: use lowercase letters, digits, "-" and "."');

const Keys = z.strictObject({
  ssh: z
    .strictObject({
      secretName: SecretName.describe(
        'Secret with user_key and user_key-cert.pub; on hubs also host_key and host_key-cert.pub',
      ),
    })
    .optional()
    .describe('Use your own SSH keys and certificates for the links of this site'),
  tls: z
    .strictObject({
      secretName: SecretName.describe('Secret with tls.crt, tls.key and ca.crt, as created by cert-manager'),
    })
    .optional()
    .describe('Use your own TLS certificate towards the operator and monitoring'),
});

/** A host name for browsers; at most as long as a certificate allows. */
const HostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/,
    'is not a valid host name: write it like files.brazil.example, in lowercase',
  );

const ObjectName = z.string().min(1).max(253);

/** How the page of a site in a pod is exposed beyond its Service. */
const EXPOSURE = {
  host: HostName.optional().describe('Host name that browsers use. In pods, used for ingress, httpRoute and oidc'),
  ingress: z
    .strictObject({
      className: ObjectName.optional().describe("Name of an IngressClass. Defaults to the cluster's default class"),
      annotations: texts(64, 4096)
        .optional()
        .describe('Annotations for the ingress controller. Those needed by ingress-nginx are always set'),
      tlsSecretName: SecretName.optional().describe(
        "Secret in this namespace with tls.crt and tls.key for the host. Defaults to the controller's own certificate",
      ),
    })
    .optional()
    .describe('In pods: create an Ingress for host'),
  httpRoute: z
    .strictObject({
      parentRefs: z
        .array(
          z.strictObject({
            name: ObjectName.describe('Name of a Gateway'),
            namespace: Namespace.optional().describe('Namespace of the Gateway. Defaults to that of the Site'),
            sectionName: ObjectName.optional().describe('Name of a listener. Defaults to all compatible listeners'),
          }),
        )
        .min(1, 'names no Gateway: add one')
        .max(8)
        .describe('Gateways to attach the route to'),
    })
    .optional()
    .describe('In pods: create an HTTPRoute for host, if the cluster has the Gateway API'),
  fromNamespaces: z
    .array(Namespace)
    .min(1, 'names no namespace: add one, or remove the field')
    .max(16)
    .optional()
    .describe(
      'In pods: namespaces that may connect to the page, such as that of the ingress controller. Defaults to all',
    ),
};

const SiteSpec = z.strictObject({
  storage: Storage.default({}).describe('Where the files are stored: one of size, claimName and path'),
  hubs: z
    .array(
      z.strictObject({
        name: Name.describe('Name of a Hub'),
        address: Address.optional().describe(
          'Address at which this site reaches the hub, as host:port. Defaults to that of the Hub',
        ),
      }),
    )
    .max(16)
    .default([])
    .describe('Hubs of a child, in order of preference: the next one is used while the previous one is unavailable'),
  link: z
    .strictObject({
      up: Rate.default('unlimited').describe('Rate limit for outgoing data, such as 64kbit'),
      down: Rate.default('unlimited').describe('Rate limit for incoming data, such as 10mbit'),
    })
    .default({ up: 'unlimited', down: 'unlimited' })
    .describe('Rate limits for the link of this site'),
  page: z
    .strictObject({
      listen: Address.optional().describe(
        'Address the page listens on, such as 0.0.0.0:8443. Always port 8444 in pods',
      ),
      usersSecret: SecretName.optional().describe(
        'In pods: Secret whose key "users.yaml" lists the users who may sign in',
      ),
      tlsSecret: SecretName.optional().describe(
        'In pods: Secret with tls.crt and tls.key for the host name that browsers use',
      ),
      ...EXPOSURE,
      trustedProxies: z
        .array(AddressRange)
        .max(64)
        .optional()
        .describe(
          'Addresses and ranges of proxies in front of the page, such as an ingress. Only what they say in X-Forwarded-For is believed',
        ),
      oidc: OidcSpec.optional().describe(
        'Sign-in through an OpenID Connect provider, in addition to the users in usersSecret',
      ),
    })
    .optional()
    .describe('Web page of the site. If omitted, the page listens on loopback only, and is not served in pods'),
  placement: z
    .strictObject({
      nodeSelector: Labels.optional().describe('Labels of the nodes on which the pod may run'),
      tolerations: z.array(passedOn('As for any pod')).max(32).optional().describe('As for any pod'),
      affinity: passedOn('As for any pod').optional(),
      kubeconfigSecret: SecretName.optional().describe(
        'Secret whose key "kubeconfig" gives access to the cluster in which the site runs',
      ),
      external: z
        .boolean()
        .optional()
        .describe('The site runs on a plain server or laptop, which joins with a file from "sitesync bundle"'),
      maxAway: Duration.optional().describe(
        'How long an external site may be away before an alert is raised. Defaults to no limit',
      ),
    })
    .optional()
    .describe('Where the site runs'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What happens to the volumes when the Site is deleted'),
  keys: Keys.optional().describe(
    'Secrets with your own keys and certificates. Omitted ones are generated and renewed automatically',
  ),
  pod: Pod.optional().describe('Settings for the pod'),
});

const HubSpec = z.strictObject({
  address: Address.optional().describe('Address at which others reach the hub, as host:port. Defaults to its Service'),
  listen: Address.optional().describe('Address that sshd listens on'),
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Type of the Service'),
      annotations: texts(64, 4096)
        .optional()
        .describe('Annotations added to the Service, for example for a load balancer'),
      nodePort: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe('Port on every node, with type NodePort or LoadBalancer. Defaults to any free port'),
    })
    .optional()
    .describe('Service in front of sshd'),
});

const Mode = z
  .enum(['readWrite', 'receiveOnly', 'sendOnly'])
  .default('readWrite')
  .describe('Direction in which files are synced at this site');

/** How many changes of one kind must wait for approval. */
const brakeLimit = (what: 'deleted' | 'overwritten', defaults: (typeof BRAKE_DEFAULTS)['deletions']) =>
  z
    .strictObject({
      files: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(defaults.files)
        .describe('Up to this number of files, changes are never held'),
      percent: z
        .int()
        .min(0)
        .max(100)
        .default(defaults.percent)
        .describe("Beyond that, changes are held if they exceed this percentage of the folder's files"),
      most: z
        .int()
        .min(1)
        .max(100_000_000)
        .default(defaults.most)
        .describe('Above this number of files, changes are always held'),
    })
    .default(defaults)
    .describe(`Limits for files ${what} at one site within a minute`);

const Brake = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('If false, no changes are held: every deletion and overwrite is shared at once'),
  deletions: brakeLimit('deleted', BRAKE_DEFAULTS.deletions),
  overwrites: brakeLimit('overwritten', BRAKE_DEFAULTS.overwrites),
});

const SyncFolderSpec = z.strictObject({
  selector: z
    .strictObject({ matchLabels: Labels.optional().describe('Labels a Site must have. Defaults to every site') })
    .optional()
    .describe('Sites that share the folder, by label; {} selects all'),
  sites: z
    .array(
      z.strictObject({
        name: Name.describe('Name of a Site'),
        mode: Mode,
        path: AbsolutePath.optional().describe(
          'Path of the folder at this site. Defaults to a directory in the storage of the site',
        ),
      }),
    )
    .max(1000)
    .default([])
    .describe('Sites that share the folder, by name. Settings here also apply to sites chosen by the selector'),
  versions: z
    .strictObject({
      keep: z.int().min(0).max(10_000).default(20).describe('Number of versions to keep of each file'),
      maxAge: Duration.default('365d').describe('How long to keep versions'),
      maxSize: Size.default('50Gi').describe('Maximum disk space for versions'),
    })
    .default({ keep: 20, maxAge: '365d', maxSize: '50Gi' })
    .describe('Retention of previous versions at each site'),
  freshness: z
    .strictObject({ target: Duration.default('15m').describe('Raise an alert when a site lags by more than this') })
    .default({ target: '15m' })
    .describe('Maximum acceptable replication lag'),
  verify: z
    .strictObject({
      every: Period.default('30d').describe(
        'Interval within which all files and old versions are re-read; "off" disables verification',
      ),
    })
    .default({ every: '30d' })
    .describe('Verification of the files on disk against the hashes in the journal'),
  brake: Brake.optional().describe(
    'Hold mass deletions and overwrites at their site until someone approves or rejects them',
  ),
  names: z
    .enum(['any', 'portable'])
    .default('any')
    .describe(
      '"portable": names that clients on Windows or macOS, or disks that encrypt names, cannot use are reported where they were given; they are synced all the same',
    ),
  metadata: z
    .strictObject({
      mode: z
        .enum(['full', 'executable', 'none'])
        .default('full')
        .describe(
          'Permission bits that are synced: all, only whether a file is executable, or none. What is not synced is as if the file was saved at the office',
        ),
    })
    .default({ mode: 'full' })
    .describe('What is synced besides names, content and times'),
  ignore: z
    .array(z.string().min(1).max(255))
    .max(200)
    .default([])
    .describe(
      'Patterns of names that are not synced, such as "*.tmp", besides those that never are (docs/file-server.md); "!@eaDir" syncs one of them',
    ),
});

const of = <K extends string, S extends z.ZodType>(kind: K, spec: S) =>
  z.strictObject({ apiVersion: z.literal(API_VERSION), kind: z.literal(kind), metadata: Metadata, spec });

export const KINDS = {
  Site: of('Site', SiteSpec.prefault({})),
  Hub: of('Hub', HubSpec.prefault({})),
  SyncFolder: of('SyncFolder', SyncFolderSpec),
};

export type Kind = keyof typeof KINDS;

/** Where in which file something was written. */
export interface Source {
  file: string;
  /** 1-based line of a field, or of the nearest enclosing one if the field is absent. */
  line(path: PropertyKey[]): number | undefined;
}

export type Site = z.infer<(typeof KINDS)['Site']> & { source?: Source };
export type Hub = z.infer<(typeof KINDS)['Hub']> & { source?: Source };
export type SyncFolder = z.infer<(typeof KINDS)['SyncFolder']> & { source?: Source };

/** The resources of a sync network. */
export interface Resources {
  sites: Site[];
  hubs: Hub[];
  folders: SyncFolder[];
}
