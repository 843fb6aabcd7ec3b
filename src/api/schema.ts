import { z } from 'zod';
import { Address } from './address.ts';
import { Duration, Rate, Size } from './quantity.ts';

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

const ClaimName = z.string().min(1).max(253);
const ClassName = z.string().max(253);

/** Where a site keeps its files: a size to reserve, an existing claim, or a folder of the node or machine. */
const Storage = z.strictObject({
  size: Size.optional().describe('How much to reserve in a volume of its own, for instance 200Gi'),
  storageClassName: ClassName.optional().describe('Class of that volume; the default class of the cluster if absent'),
  claimName: ClaimName.optional().describe('An existing PersistentVolumeClaim'),
  path: AbsolutePath.optional().describe('A folder of the node or machine that the site runs on'),
  state: z
    .strictObject({
      size: Size.optional(),
      storageClassName: ClassName.optional(),
      claimName: ClaimName.optional(),
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
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  priorityClassName: z.string().max(253).optional(),
  annotations: texts(64, 262_144).optional(),
});

export const SiteSpec = z.strictObject({
  storage: Storage.default({}),
  hubs: z
    .array(z.strictObject({ name: Name, address: Address.optional() }))
    .max(16)
    .default([]),
  link: z
    .strictObject({ up: Rate.default('unlimited'), down: Rate.default('unlimited') })
    .default({ up: 'unlimited', down: 'unlimited' }),
  placement: z
    .strictObject({
      nodeSelector: Labels.optional(),
      tolerations: z.array(passedOn('As of any pod')).max(32).optional(),
      affinity: passedOn('As of any pod').optional(),
      kubeconfigSecret: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe('Secret whose key "kubeconfig" leads to the cluster in which the site runs'),
      external: z.boolean().optional().describe('The site runs on a plain server or laptop that joins by itself'),
    })
    .optional()
    .describe('Where the site runs'),
  deletionPolicy: z
    .enum(['Retain', 'Delete'])
    .default('Retain')
    .describe('What becomes of its volumes when the Site is deleted'),
  pod: Pod.optional().describe('Wishes for the pod'),
});

export const HubSpec = z.strictObject({
  address: Address.optional().describe('How others reach the hub, host:port; its Service if absent'),
  listen: Address.optional().describe('Where its sshd listens'),
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP'),
      annotations: texts(64, 4096).optional(),
      nodePort: z.int().min(1).max(65_535).optional(),
    })
    .optional()
    .describe('The Service that leads to its sshd'),
});

const Mode = z.enum(['readWrite', 'receiveOnly', 'sendOnly']);

export const SyncFolderSpec = z.strictObject({
  selector: z.strictObject({ matchLabels: Labels.optional() }).optional(),
  sites: z
    .array(z.strictObject({ name: Name, mode: Mode.default('readWrite'), path: AbsolutePath.optional() }))
    .max(1000)
    .default([]),
  versions: z
    .strictObject({
      keep: z.int().min(0).max(10_000).default(20),
      maxAge: Duration.default('365d'),
      maxSize: Size.default('50Gi'),
    })
    .default({ keep: 20, maxAge: '365d', maxSize: '50Gi' }),
  freshness: z.strictObject({ target: Duration.default('15m') }).default({ target: '15m' }),
  ignore: z.array(z.string().min(1).max(255)).max(200).default([]),
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
