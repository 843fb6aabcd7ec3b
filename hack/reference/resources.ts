import { customResourceDefinitions } from '../../src/api/crd.ts';
import type { OpenApiSchema } from '../../src/api/openapi.ts';
import { code, page, table } from './markdown.ts';

interface Rule {
  message: string;
}

interface Definition {
  spec: {
    names: { kind: string; plural: string; shortNames?: string[] };
    versions: [
      {
        additionalPrinterColumns: { name: string; jsonPath: string; priority?: number; description?: string }[];
        schema: { openAPIV3Schema: OpenApiSchema };
      },
    ];
  };
}

/** The three kinds: every field, its values and its default. */
export function resourcesPage(): string {
  const kinds = (customResourceDefinitions() as unknown as Definition[]).map(section);
  return page(
    'Resources',
    'src/api',
    '`apiVersion: sitesync.dev/v1alpha1`. `kubectl explain site.spec` shows the same descriptions.',
    ...kinds,
  );
}

function section({ spec: { names, versions } }: Definition): string {
  const [{ schema, additionalPrinterColumns }] = versions;
  const { description, properties } = schema.openAPIV3Schema;
  const short = names.shortNames?.length ? ` (${names.shortNames.map(code).join(', ')})` : '';
  const rules = rulesOf(schema.openAPIV3Schema);
  const columns = additionalPrinterColumns.map(({ name, jsonPath, priority }) => [
    name.toUpperCase(),
    code(jsonPath),
    priority === 1 ? '`-o wide`' : '',
  ]);
  return [
    `## ${names.kind}`,
    `${textOf(description)}. \`kubectl get ${names.plural}\`${short}.`,
    table(['field', 'type', 'default', 'description'], fields(properties!.spec!, 'spec')),
    `Validation errors:\n\n${rules.map((rule) => `- ${rule}`).join('\n')}`,
    '### Status',
    table(['field', 'type', 'default', 'description'], fields(properties!.status!, 'status')),
    table(['column', 'shows', ''], columns),
  ].join('\n\n');
}

function fields(schema: OpenApiSchema, path: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const inner = part.items ?? part;
    const own = `${path}.${name}${part.items ? '[]' : ''}`;
    const row = [
      code(own),
      typeOf(part),
      part.default === undefined ? '' : code(JSON.stringify(part.default)),
      textOf(part.description ?? inner.description),
    ];
    return [row, ...fields(inner, own)];
  });
}

const textOf = (text: unknown) => (typeof text === 'string' ? text : '');

function typeOf({ type, items, enum: words, additionalProperties, ...rest }: OpenApiSchema): string {
  if (Array.isArray(words)) return words.map((word) => code(String(word))).join(', ');
  if ('anyOf' in rest) return 'integer or string';
  if (items) return `list of ${typeOf(items)}`;
  return additionalProperties ? `map of ${typeOf(additionalProperties)}` : (type ?? 'any');
}

function rulesOf(schema: OpenApiSchema): string[] {
  const own = ((schema['x-kubernetes-validations'] ?? []) as Rule[]).map(({ message }) => message);
  const parts = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])];
  return [...new Set([...own, ...parts.flatMap(rulesOf)])];
}
