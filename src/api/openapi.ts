import { z } from 'zod';
import { KINDS, type Kind } from './schema.ts';

/** As much of a JSON schema as our kinds need. */
export interface OpenApiSchema {
  type?: string;
  properties?: Record<string, OpenApiSchema>;
  additionalProperties?: OpenApiSchema | false;
  items?: OpenApiSchema;
  [keyword: string]: unknown;
}

/** A kind as an OpenAPI 3.0 schema of what a person writes: fields with a default may be absent. */
export function openApiSchema(kind: Kind): OpenApiSchema {
  return toOpenApi(KINDS[kind]);
}

/** Any schema of ours as OpenAPI 3.0, as Kubernetes wants it: without references, free-form parts marked as such. */
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

/** The fields that the object at this path of a kind may have. */
export function fieldsAt(kind: Kind, path: PropertyKey[]): string[] {
  let schema: OpenApiSchema | undefined = openApiSchema(kind);
  for (const part of path) schema = typeof part === 'number' ? schema?.items : schema?.properties?.[String(part)];
  return Object.keys(schema?.properties ?? {});
}
