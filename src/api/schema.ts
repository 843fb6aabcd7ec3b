import { z } from 'zod';
import { Address } from './address.ts';
import { BRAKE } from './brake.ts';
import { OidcSpec } from './oidc.ts';
import { Duration, Period, Rate, Size } from './quantity.ts';

/**
 * The three kinds that a person writes, with defaults and limits. Every list and text has a maximum, so that rules
 * over them stay cheap for an API server; unknown fields are errors.
 */
export const API_VERSION = 'sitesync.dev/v1alpha1';

/** A DNS label, short enough that every name made from it is one too. */
const Name = z
  .string()
  .max(40, { error: 'is longer than 40 characters: shorten it', abort: true })
  .regex(
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'is no name: write lowercase letters, digits and "-", with a letter first and no "-" last',
  );
const Namespace = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'is no namespace: write lowercase letters, digits and "-"');

/** Text by key, with at most so many keys. */
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

/** Below the root, without "." and ".." segments or control characters: two texts that differ name two places. */
const AbsolutePath = z
  .string()
  .max(1024)
  .regex(
    /^(\/+([^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.[^/.\x00-\x1f\x7f][^/\x00-\x1f\x7f]*|\.\.[^/\x00-\x1f\x7f]+))+\/*$/,
    'is no absolute path: write it like /srv/files, without ".", ".." and control characters',
  );

/** What a site reserves when it does not say. */
export const VOLUME_SIZES = { files: '10Gi', state: '5Gi' };

const ClaimName = z.string().min(1).max(253);
const ClassName = z.string().max(253);

/** Where a site keeps its files: a size to reserve, an existing claim, or a folder of the node or machine. */
const Storage = z.strictObject({
  size: Size.optional().describe(
    `How much to reserve in a volume of its own, for instance 200Gi; ${VOLUME_SIZES.files} if nothing here is given`,
  ),
  storageClassName: ClassName.optional().describe('Class of that volume; the default class of the cluster if absent'),
  claimName: ClaimName.optional().describe('An existing PersistentVolumeClaim'),
  path: AbsolutePath.optional().describe('A folder of the node or machine that the site runs on'),
  state: z
    .strictObject({
      size: Size.optional().describe(`How much to reserve in a volume of its own; ${VOLUME_SIZES.state} if absent`),
      storageClassName: ClassName.optional().describe('Class of that volume; as of the files if absent'),
      claimName: ClaimName.optional().describe('An existing PersistentVolumeClaim, instead of a volume of its own'),
    })
    .optional()
    .describe('Where the database lies, if not on a volume of its own or beside files that were there before'),
});

/** What Kubernetes checks itself, and passes on to the pod as it is. */
const passedOn = (what: string) =>
  z.record(z.string().max(253), z.json()).meta({ description: what, 'x-kubernetes-preserve-unknown-fields': true });

const Resources = passedOn('requests and limits, as of any container').optional();

const Pod = z.strictObject({
  resources: z
    .strictObject({ agent: Resources, mysql: Resources, rsyncd: Resources, link: Resources, sshd: Resources })
    .optional()
    .describe('By container; what is absent has a default'),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().describe('IfNotPresent if absent'),
  priorityClassName: z.string().max(253).optional().describe('An existing PriorityClass'),
  annotations: texts(64, 262_144).optional().describe('Added to the pod'),
});

const SecretName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is no name of a Secret: write lowercase letters, digits, "-" and "."');

const Keys = z.strictObject({
  ssh: z
    .strictObject({
      secretName: SecretName.describe('Its keys: user_key, user_key-cert.pub, at hubs host_key and host_key-cert.pub'),
    })
    .optional()
    .describe('Keys and certificates for its links, made elsewhere'),
  tls: z
    .strictObject({
      secretName: SecretName.describe('Its keys: tls.crt, tls.key, ca.crt, as cert-manager writes them'),
    })
    .optional()
    .describe('The certificate by which the operator and monitoring know it, made elsewhere'),
});

/** A name that browsers use; at most what a certificate may hold. */
const HostName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/,
    'is no name of a host: write it like files.brazil.example, in lowercase',
  );

const ObjectName = z.string().min(1).max(253);

/** How the page of a site in a pod is shown to people beyond its Service. */
const EXPOSURE = {
  host: HostName.optional().describe('The name that browsers use: in pods for ingress and httpRoute, and for oidc'),
  ingress: z
    .strictObject({
      className: ObjectName.optional().describe('An IngressClass; the default one of the cluster if absent'),
      annotations: texts(64, 4096)
        .optional()
        .describe('For its controller; what ingress-nginx must know is there without asking'),
      tlsSecretName: SecretName.optional().describe(
        "Secret with tls.crt and tls.key for host, in this namespace; the controller's own certificate if absent",
      ),
    })
    .optional()
    .describe('In pods: an Ingress for host is made'),
  httpRoute: z
    .strictObject({
      parentRefs: z
        .array(
          z.strictObject({
            name: ObjectName.describe('Name of a Gateway'),
            namespace: Namespace.optional().describe('Its namespace; that of the Site if absent'),
            sectionName: ObjectName.optional().describe('Its listener; every one that suits if absent'),
          }),
        )
        .min(1, 'names no Gateway: write one')
        .max(8)
        .describe('The Gateways that lead to the page'),
    })
    .optional()
    .describe('In pods: an HTTPRoute for host is made, if this cluster knows the Gateway API'),
  fromNamespaces: z
    .array(Namespace)
    .min(1, 'names no namespace: write one, or leave it out')
    .max(16)
    .optional()
    .describe(
      'In pods: namespaces from which its port may be reached, such as that of the ingress controller; all if absent',
    ),
};

export const SiteSpec = z.strictObject({
  storage: Storage.default({}).describe('Where the files lie: one of size, claimName and path'),
  hubs: z
    .array(
      z.strictObject({
        name: Name.describe('Name of a Hub'),
        address: Address.optional().describe('How this site reaches it, host:port, if not as everybody'),
      }),
    )
    .max(16)
    .default([])
    .describe('The hubs of a child, in order: the first is its home, the next is used while it does not answer'),
  link: z
    .strictObject({
      up: Rate.default('unlimited').describe('From this site, for instance 64kbit'),
      down: Rate.default('unlimited').describe('To this site, for instance 10mbit'),
    })
    .default({ up: 'unlimited', down: 'unlimited' })
    .describe('The rate of its line, which SiteSync does not exceed'),
  page: z
    .strictObject({
      listen: Address.optional().describe(
        'Where its page listens, for instance 0.0.0.0:8443; in pods it is always port 8444',
      ),
      usersSecret: SecretName.optional().describe('In pods: Secret whose key "users.yaml" says who may sign in'),
      tlsSecret: SecretName.optional().describe(
        'In pods: Secret with tls.crt and tls.key for the name that browsers use',
      ),
      ...EXPOSURE,
      oidc: OidcSpec.optional().describe('Signing in by a provider of OpenID Connect, beside the users of usersSecret'),
    })
    .optional()
    .describe('Its page. Without this it is open on the loopback of its machine only, and not served in pods'),
  placement: z
    .strictObject({
      nodeSelector: Labels.optional().describe('Labels of the nodes that its pod may run on'),
      tolerations: z.array(passedOn('As of any pod')).max(32).optional().describe('As of any pod'),
      affinity: passedOn('As of any pod').optional(),
      kubeconfigSecret: SecretName.optional().describe(
        'Secret whose key "kubeconfig" leads to the cluster in which the site runs',
      ),
      external: z
        .boolean()
        .optional()
        .describe('The site runs on a plain server or laptop, which joins with the file of "sitesync bundle"'),
      maxAway: Duration.optional().describe(
        'An external site that no hub has heard for longer raises an alert; it may be away as long as it likes if absent',
      ),
    })
    .optional()
    .describe('Where the site runs'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of its volumes when the Site is deleted'),
  keys: Keys.optional().describe('Secrets with keys and certificates of your own; what is absent is made and renewed'),
  pod: Pod.optional().describe('Wishes for the pod'),
});

export const HubSpec = z.strictObject({
  address: Address.optional().describe('How others reach the hub, host:port; its Service if absent'),
  listen: Address.optional().describe('Where its sshd listens'),
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('As of any Service'),
      annotations: texts(64, 4096).optional().describe('Added to the Service, for instance for a load balancer'),
      nodePort: z
        .int()
        .min(1)
        .max(65_535)
        .optional()
        .describe('Its port on every node, with type NodePort or LoadBalancer; any free one if absent'),
    })
    .optional()
    .describe('The Service that leads to its sshd'),
});

const Mode = z
  .enum(['readWrite', 'receiveOnly', 'sendOnly'])
  .default('readWrite')
  .describe('Which way files go at this site');

/** From how many changes of one kind on they wait for a person. */
const brakeLimit = (what: 'deleted' | 'overwritten', defaults: (typeof BRAKE)['deletions']) =>
  z
    .strictObject({
      files: z.int().min(0).max(1_000_000).default(defaults.files).describe('So many, or fewer, never wait'),
      percent: z
        .int()
        .min(0)
        .max(100)
        .default(defaults.percent)
        .describe("Beyond that, they wait when they are more than this part of the folder's files"),
      most: z
        .int()
        .min(1)
        .max(100_000_000)
        .default(defaults.most)
        .describe('and more than so many wait always, whatever part of the folder they are'),
    })
    .default(defaults)
    .describe(`How many files ${what} at one site within a minute are too many to be meant`);

const Brake = z.strictObject({
  enabled: z.boolean().default(true).describe('false: nothing waits, every deletion and overwrite is shared at once'),
  deletions: brakeLimit('deleted', BRAKE.deletions),
  overwrites: brakeLimit('overwritten', BRAKE.overwrites),
});

export const SyncFolderSpec = z.strictObject({
  selector: z
    .strictObject({ matchLabels: Labels.optional().describe('All of these; every site if absent') })
    .optional()
    .describe('Sites that share it, by their labels; {} for all'),
  sites: z
    .array(
      z.strictObject({
        name: Name.describe('Name of a Site'),
        mode: Mode,
        path: AbsolutePath.optional().describe(
          'Where the folder is at this site, if not where the site keeps its files',
        ),
      }),
    )
    .max(1000)
    .default([])
    .describe('Sites that share it, by name; what is said here of a site that the selector chooses counts too'),
  versions: z
    .strictObject({
      keep: z.int().min(0).max(10_000).default(20).describe('How many of each file'),
      maxAge: Duration.default('365d').describe('For how long'),
      maxSize: Size.default('50Gi').describe('How much of the disk they may take'),
    })
    .default({ keep: 20, maxAge: '365d', maxSize: '50Gi' })
    .describe('Which previous versions each site keeps'),
  freshness: z
    .strictObject({ target: Duration.default('15m').describe('A site that lags more than this raises an alert') })
    .default({ target: '15m' })
    .describe('How old what people see may be'),
  verify: z
    .strictObject({
      every: Period.default('30d').describe('All files and old versions are read again within this time; "off": never'),
    })
    .default({ every: '30d' })
    .describe('How often each site compares what is on its disk with the hashes in the journal'),
  brake: Brake.optional().describe(
    'When many files are deleted or overwritten at once at a site, these changes wait there until a person approves or rejects them',
  ),
  ignore: z
    .array(z.string().min(1).max(255))
    .max(200)
    .default([])
    .describe('Names that are not synced, for instance "*.tmp"'),
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
  /** 1-based line of a field; of the nearest enclosing one when it is not written there. */
  line(path: PropertyKey[]): number | undefined;
}

export type Site = z.infer<(typeof KINDS)['Site']> & { source?: Source };
export type Hub = z.infer<(typeof KINDS)['Hub']> & { source?: Source };
export type SyncFolder = z.infer<(typeof KINDS)['SyncFolder']> & { source?: Source };

/** A sync network as it was written. */
export interface Resources {
  sites: Site[];
  hubs: Hub[];
  folders: SyncFolder[];
}
