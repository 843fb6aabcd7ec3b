import { describe, expect, it } from 'vitest';
import { type OpenApiSchema, openApiSchema } from '../../src/api/openapi.ts';
import { KINDS, type Kind } from '../../src/api/schema.ts';

/** Every schema inside this one, by its path. */
function parts(schema: OpenApiSchema, path: string): [string, OpenApiSchema][] {
  const inner = Object.entries(schema.properties ?? {}).map(([name, one]): [string, OpenApiSchema] => [
    `${path}.${name}`,
    one,
  ]);
  if (schema.items) inner.push([`${path}[]`, schema.items]);
  if (schema.additionalProperties) inner.push([`${path}{}`, schema.additionalProperties]);
  return [[path, schema], ...inner.flatMap(([name, one]) => parts(one, name))];
}

describe.each(Object.keys(KINDS) as Kind[])('the schema of %s fits into a CRD', (kind) => {
  const all = parts(openApiSchema(kind), kind);

  it.each(all)('%s has one type and a limit', (_, schema) => {
    for (const keyword of ['anyOf', 'oneOf', 'allOf', 'not', 'propertyNames', '$ref', 'const'])
      expect(schema).not.toHaveProperty(keyword);
    expect(schema.type).toBeTypeOf('string');
    if (schema.type === 'string' && !schema.enum) expect(schema.maxLength).toBeTypeOf('number');
    if (schema.type === 'array') expect(schema.maxItems).toBeTypeOf('number');
    if (schema.additionalProperties) expect(schema.maxProperties).toBeTypeOf('number');
    if (schema.type === 'integer' || schema.type === 'number') expect(schema.maximum).toBeTypeOf('number');
    // RE2 has no look-around and no back-references.
    if (typeof schema.pattern === 'string') expect(schema.pattern).not.toMatch(/\(\?|\\[1-9]/);
  });
});
