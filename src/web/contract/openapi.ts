import { z } from 'zod';
import { components } from './common.ts';
import { type Operation, operations } from './operations.ts';
import { PAGE_API } from './page-api.ts';

type Json = Record<string, unknown>;

/** The API as an OpenAPI 3.1 document, generated from the schemas that validate it. */
export function openApiDocument(version: string): Json {
  const { schemas } = z.toJSONSchema(components, { uri: (id) => `#/components/schemas/${id}`, io: 'input' });
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const item = (paths[`${PAGE_API}${operation.path}`] ??= {});
    item[operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'SiteSync: the page of a site', version },
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutUris(schema as Json)])),
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'sitesync_SITE' } },
    },
    security: [{ session: [] }],
    paths,
  };
}

function describe({ method, path, summary, query, body, answer, redirect, open }: Operation): Json {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    parameters: [...inPath, ...(query ? inQuery(query) : [])],
    ...(open && { security: [] }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: reference(body) } } } }),
    responses: {
      ...(redirect ? { 303: { description: 'where to go' } } : whenDone(answer)),
      ...(method === 'get' &&
        typeof answer === 'object' && { 304: { description: 'as its ETag in If-None-Match says' } }),
      default: {
        description: 'why not',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function whenDone(answer: Operation['answer']): Json {
  return answer === undefined
    ? { 204: { description: 'done' } }
    : { 200: { description: 'the answer', content: content(answer) } };
}

function content(answer: z.ZodType | string): Json {
  return typeof answer === 'string' ? { [answer]: {} } : { 'application/json': { schema: reference(answer) } };
}

function inQuery(query: z.ZodObject): Json[] {
  const schema = z.toJSONSchema(query, { io: 'input' }) as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(schema.properties ?? {}).map(([name, type]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: type,
  }));
}

function reference(schema: z.ZodType): Json {
  const id = components.get(schema)?.id;
  if (id === undefined) throw new Error('a schema of the contract has no name: give it one with named()');
  return { $ref: `#/components/schemas/${id}` };
}

/** The id of a component follows from its place in the document. */
function withoutUris({ $id: _id, $schema: _schema, ...rest }: Json): Json {
  return rest;
}
