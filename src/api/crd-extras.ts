import type { z } from 'zod';
import { type Kind, VOLUME_SIZES } from './schema.ts';
import { HubStatus, SiteStatus, SyncFolderStatus } from './status.ts';
import { RESERVED } from './validate.ts';

/** A column of `kubectl get`; those with priority 1 only with `-o wide`. */
interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  priority?: number;
  description?: string;
}

interface CelRule {
  rule: string;
  message: string;
}

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;
const ready: Column = { name: 'Ready', type: 'string', jsonPath: condition('Ready', 'status') };
const reason: Column = { name: 'Reason', type: 'string', jsonPath: condition('Ready', 'reason'), priority: 1 };
const created: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** Rules for names, the same for all kinds as in validate.ts and schema.ts. */
export const NAME_RULES: CelRule[] = [
  {
    rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([a-z0-9-]*[a-z0-9])?$')",
    message:
      'the name must have at most 40 characters: lowercase letters, digits and "-", starting with a letter and not ending with "-"',
  },
  {
    rule: `!(self.metadata.name in [${[...RESERVED].map((name) => `'${name}'`).join(', ')}])`,
    message: 'this name is reserved: choose another',
  },
];

const unchanged = (field: string): CelRule => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} is immutable: the files would be left behind. Create a new Site, or move the files first`,
});

/** An expression of `self` equals that of `oldSelf`. */
const same = (value: (self: string) => string) => `(${value('self')}) == (${value('oldSelf')})`;
const grows = (size: (self: string) => string) =>
  `quantity(${size('self')}).compareTo(quantity(${size('oldSelf')})) >= 0`;
/** A field of `state`, which may itself be absent. */
const ofState = (name: string, otherwise: string) => (self: string) =>
  `has(${self}.state) && has(${self}.state.${name}) ? ${self}.state.${name} : '${otherwise}'`;

const STORAGE_RULES: CelRule[] = [
  {
    rule: '[has(self.size), has(self.claimName), has(self.path)].filter(one, one).size() <= 1',
    message: 'specifies more than one storage: keep one of size, claimName and path',
  },
  unchanged('claimName'),
  unchanged('path'),
  unchanged('storageClassName'),
  {
    rule: grows((self) => `has(${self}.size) ? ${self}.size : '${VOLUME_SIZES.files}'`),
    message: `size cannot be reduced: volumes can only grow. The default is ${VOLUME_SIZES.files}`,
  },
  {
    rule: [
      same((self) => `has(${self}.state) || !(has(${self}.claimName) || has(${self}.path))`),
      same(ofState('claimName', '')),
      same(ofState('storageClassName', '')),
    ].join(' && '),
    message: 'the location of the database is immutable: only state.size can grow. Create a new Site',
  },
  {
    rule: grows(ofState('size', VOLUME_SIZES.state)),
    message: `state.size cannot be reduced: volumes can only grow. The default is ${VOLUME_SIZES.state}`,
  },
];

/** What a CRD has beyond its schema. Rules by path: `spec.storage`. */
interface Extras {
  description: string;
  plural: string;
  shortNames: string[];
  status: z.ZodType;
  columns: Column[];
  rules: Record<string, CelRule[]>;
  /** Lists whose items are identified by a name. */
  listMaps: string[];
}

export const EXTRAS: Record<Kind, Extras> = {
  Site: {
    description: 'Site is one office: its files, its link and the hubs it may connect to',
    plural: 'sites',
    shortNames: ['office'],
    status: SiteStatus,
    columns: [
      ready,
      { name: 'Role', type: 'string', jsonPath: '.status.role' },
      { name: 'Hub', type: 'string', jsonPath: '.status.hub', description: 'Hub the site is connected to' },
      {
        name: 'Lag',
        type: 'string',
        jsonPath: '.status.lag',
        description: 'Age of the oldest version that the site is missing',
      },
      { name: 'Behind', type: 'string', jsonPath: '.status.behind', description: 'What the site is missing' },
      { name: 'Version', type: 'string', jsonPath: '.status.version' },
      created,
      reason,
      { name: 'Last Contact', type: 'string', jsonPath: '.status.lastContact', priority: 1 },
      { name: 'Disk', type: 'string', jsonPath: '.status.disk', priority: 1 },
      {
        name: 'Certificates Expire',
        type: 'string',
        jsonPath: '.status.certificatesExpire',
        priority: 1,
        description: 'Expiry of the first certificate to expire',
      },
    ],
    rules: {
      'spec.storage': STORAGE_RULES,
      'spec.storage.state': [
        {
          rule: '!(has(self.size) && has(self.claimName))',
          message: 'specifies more than one storage: keep one of size and claimName',
        },
      ],
      'spec.placement': [
        {
          rule: '!(has(self.external) && self.external && has(self.kubeconfigSecret))',
          message: 'a site cannot be both external and in another cluster: remove external or kubeconfigSecret',
        },
        {
          rule: '!has(self.maxAway) || (has(self.external) && self.external)',
          message: 'maxAway applies to external sites only: set external: true, or remove maxAway',
        },
      ],
      'spec.page': [
        {
          rule: 'has(self.host) || !(has(self.ingress) || has(self.httpRoute))',
          message: 'ingress and httpRoute need a host name: set host, or remove them',
        },
        {
          rule: '!has(self.oidc) || has(self.oidc.url) || has(self.host)',
          message: 'the provider needs an address to redirect to: set oidc.url or host',
        },
      ],
    },
    listMaps: ['spec.hubs'],
  },
  Hub: {
    description: 'Hub makes the Site of the same name a hub, which others connect to',
    plural: 'hubs',
    shortNames: [],
    status: HubStatus,
    columns: [
      ready,
      { name: 'Address', type: 'string', jsonPath: '.status.address' },
      { name: 'Children', type: 'integer', jsonPath: '.status.children' },
      { name: 'Connected', type: 'integer', jsonPath: '.status.connectedChildren' },
      created,
      reason,
    ],
    rules: {
      'spec.service': [
        {
          rule: "!has(self.nodePort) || self.type != 'ClusterIP'",
          message: 'nodePort needs type NodePort or LoadBalancer',
        },
      ],
    },
    listMaps: [],
  },
  SyncFolder: {
    description: 'SyncFolder is a folder shared by a set of Sites',
    plural: 'syncfolders',
    shortNames: ['folder', 'folders'],
    status: SyncFolderStatus,
    columns: [
      ready,
      { name: 'Sites', type: 'integer', jsonPath: '.status.sites' },
      { name: 'In Sync', type: 'integer', jsonPath: '.status.sitesInSync' },
      { name: 'Lag', type: 'string', jsonPath: '.status.lag', description: 'Largest lag of any site' },
      created,
      reason,
    ],
    rules: {
      spec: [
        {
          rule: 'has(self.selector) || (has(self.sites) && self.sites.size() > 0)',
          message:
            'no site shares the folder: set "selector: {}" for all sites, use matchLabels for some, or list them in sites',
        },
      ],
    },
    listMaps: ['spec.sites'],
  },
};
