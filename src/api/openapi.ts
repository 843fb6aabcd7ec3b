import { z } from 'zod';
import { KINDS, type Kind } from './schema.ts';

/** The part of JSON schema that our kinds need. */
export interface OpenApiSchema {
  type?: string;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | false;
  items?: OpenApiSchema;
  [keyword: string]: unknown;
}

/** The OpenAPI 3.0 schema of a kind as users write it: fields with a default are optional. */
export function openApiSchema(kind: Kind): OpenApiSchema {
  return toOpenApi(KINDS[kind]);
}

/** Converts any schema to OpenAPI 3.0 as Kubernetes wants it: without references, free-form parts marked as such. */
export function toOpenApi(schema: z.ZodType): OpenApiSchema {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override({ jsonSchema }) {
      const part = jsonSchema as OpenApiSchema;
      if (part['x-kubernetes-preserve-unknown-fields']) {
        delete part.additionalProperties;
        delete part.propertyNames;
      }
    },
  }) as OpenApiSchema;
}

/** The fields allowed at this path of a kind. */
export function fieldsAt(kind: Kind, path: PropertyKey[]): string[] {
  let schema: OpenApiSchema | undefined = openApiSchema(kind);
  for (const part of path) schema = typeof part === 'number' ? schema?.items : schema?.properties?.[String(part)];
  return Object.keys(schema?.properties ?? {});
}
