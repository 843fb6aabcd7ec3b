import { EXTRAS, NAME_RULES } from './crd-extras.ts';
import { type OpenApiSchema, openApiSchema, toOpenApi } from './openapi.ts';
import { API_VERSION, KINDS, type Kind } from './schema.ts';

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/** The CustomResourceDefinitions, generated from the schemas that also type the code. */
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
  const { description, status, rules, listMaps } = EXTRAS[kind];
  const spec = openApiSchema(kind).properties!.spec!;
  // An empty spec is valid for a Site or Hub; a SyncFolder with one is shared by nobody.
  const mayBeEmpty = kind !== 'SyncFolder';
  const schema: OpenApiSchema = {
    type: 'object',
    description,
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

/** A status may hold fields from a newer operator. */
function open(schema: OpenApiSchema): OpenApiSchema {
  const { additionalProperties, ...rest } = schema;
  return additionalProperties === false ? rest : schema;
}

/**
 * Without `additionalProperties: false`: Kubernetes does not allow it beside properties, and prunes or rejects unknown
 * fields anyway.
 */
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
