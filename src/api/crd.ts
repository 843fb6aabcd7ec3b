import type { z } from 'zod';
import { type OpenApiSchema, openApiSchema, toOpenApi } from './openapi.ts';
import { API_VERSION, KINDS, type Kind } from './schema.ts';
import { HubStatus, SiteStatus, SyncFolderStatus } from './status.ts';
import { RESERVED } from './validate.ts';

/** A column of `kubectl get`; those of priority 1 only with `-o wide`. */
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

/** Rules of names, the same for all kinds: what validate.ts and schema.ts say of them. */
const NAME_RULES: CelRule[] = [
  {
    rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([a-z0-9-]*[a-z0-9])?$')",
    message: 'the name must have at most 40 characters: lowercase letters, digits and "-", a letter first, no "-" last',
  },
  {
    rule: `!(self.metadata.name in [${[...RESERVED].map((name) => `'${name}'`).join(', ')}])`,
    message: 'this name is reserved: choose another one',
  },
];

const unchanged = (field: string): CelRule => ({
  rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
  message: `${field} cannot change: the files would stay where they are. Make a new Site, or move the files first`,
});

/** What makes a CRD of a schema. Rules by path: `spec.storage`. */
interface Extras {
  plural: string;
  shortNames: string[];
  status: z.ZodType;
  columns: Column[];
  rules: Record<string, CelRule[]>;
  /** Lists whose items have a name of their own. */
  listMaps: string[];
}

const EXTRAS: Record<Kind, Extras> = {
  Site: {
    plural: 'sites',
    shortNames: ['office'],
    status: SiteStatus,
    columns: [
      ready,
      { name: 'Role', type: 'string', jsonPath: '.status.role' },
      { name: 'Hub', type: 'string', jsonPath: '.status.hub', description: 'The hub that hears it now' },
      { name: 'Lag', type: 'string', jsonPath: '.status.lag', description: 'Age of the oldest version that it lacks' },
      { name: 'Behind', type: 'string', jsonPath: '.status.behind', description: 'What it lacks' },
      { name: 'Version', type: 'string', jsonPath: '.status.version' },
      created,
      reason,
      { name: 'Last Contact', type: 'string', jsonPath: '.status.lastContact', priority: 1 },
      { name: 'Disk', type: 'string', jsonPath: '.status.disk', priority: 1 },
    ],
    rules: {
      'spec.storage': [
        {
          rule: '[has(self.size), has(self.claimName), has(self.path)].filter(one, one).size() <= 1',
          message: 'names more than one storage: keep one of size, claimName and path',
        },
        unchanged('claimName'),
        unchanged('path'),
        unchanged('storageClassName'),
        {
          rule: '!has(self.size) || !has(oldSelf.size) || quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
          message: 'size cannot shrink: a volume only grows',
        },
      ],
      'spec.placement': [
        {
          rule: '!(has(self.external) && self.external && has(self.kubeconfigSecret))',
          message: 'a site is external or in another cluster, not both: remove external or kubeconfigSecret',
        },
      ],
    },
    listMaps: ['spec.hubs'],
  },
  Hub: {
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
    plural: 'syncfolders',
    shortNames: ['folder', 'folders'],
    status: SyncFolderStatus,
    columns: [
      ready,
      { name: 'Sites', type: 'integer', jsonPath: '.status.sites' },
      { name: 'In Sync', type: 'integer', jsonPath: '.status.sitesInSync' },
      { name: 'Lag', type: 'string', jsonPath: '.status.lag', description: 'Of the site that lags most' },
      created,
      reason,
    ],
    rules: {
      spec: [
        {
          rule: 'has(self.selector) || (has(self.sites) && self.sites.size() > 0)',
          message: 'no site shares it: write "selector: {}" for all sites, matchLabels for some, or list them in sites',
        },
      ],
    },
    listMaps: ['spec.sites'],
  },
};

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** The CustomResourceDefinitions, made from the schemas that also type the code. */
export function customResourceDefinitions(): Record<string, unknown>[] {
  return KIND_NAMES.map((kind) => {
    const { plural, shortNames, columns } = EXTRAS[kind];
    const [group, version] = API_VERSION.split('/') as [string, string];
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: {
          kind,
          listKind: `${kind}List`,
          plural,
          singular: kind.toLowerCase(),
          ...(shortNames.length > 0 && { shortNames }),
          categories: ['sitesync'],
        },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            subresources: { status: {} },
            additionalPrinterColumns: columns,
            schema: { openAPIV3Schema: schemaOf(kind) },
          },
        ],
      },
    };
  });
}

function schemaOf(kind: Kind): OpenApiSchema {
  const { status, rules, listMaps } = EXTRAS[kind];
  const spec = openApiSchema(kind).properties!.spec!;
  // An empty spec is a good Site or Hub; of a SyncFolder it is one that nobody shares.
  const mayBeEmpty = kind !== 'SyncFolder';
  const schema: OpenApiSchema = {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: mayBeEmpty ? { ...spec, default: {} } : spec,
      status: open(toOpenApi(status)),
    },
    ...(!mayBeEmpty && { required: ['spec'] }),
    'x-kubernetes-validations': NAME_RULES,
  };
  for (const [path, list] of Object.entries(rules)) at(schema, path)['x-kubernetes-validations'] = list;
  for (const path of listMaps)
    Object.assign(at(schema, path), { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] });
  return closed(schema);
}

function at(schema: OpenApiSchema, path: string): OpenApiSchema {
  return path.split('.').reduce((part, name) => part.properties![name]!, schema);
}

/** A status may hold what a newer operator writes. */
function open(schema: OpenApiSchema): OpenApiSchema {
  const { additionalProperties, ...rest } = schema;
  return additionalProperties === false ? rest : schema;
}

/** Without `additionalProperties: false`: beside properties Kubernetes knows no such word, and prunes or refuses what is unknown anyway. */
function closed(schema: OpenApiSchema): OpenApiSchema {
  const { additionalProperties, properties, items, ...rest } = schema;
  return {
    ...rest,
    ...(items && { items: closed(items) }),
    ...(additionalProperties && { additionalProperties: closed(additionalProperties) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, closed(part)])),
    }),
  };
}
