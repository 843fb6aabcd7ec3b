import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { InvalidInput, type Problem } from '../base/problem.ts';
import { fieldName } from './field.ts';
import { nearest } from './nearest.ts';
import { API_VERSION, KINDS, type Resources, type Source } from './schema.ts';
import { validateResources } from './validate.ts';

/**
 * Reads the resources in these YAML files. Throws {@link InvalidInput} with every problem of every file together: what
 * cannot be read, what is no valid field, and what does not fit together.
 */
export function loadResources(files: string[]): Resources {
  const resources: Resources = { sites: [], hubs: [], folders: [] };
  const problems: Problem[] = [];
  for (const file of files) {
    const text = readText(file, problems);
    if (text !== undefined) readFile(file, text, resources, problems);
  }
  // Rules between objects would only repeat what is wrong with the objects themselves.
  if (problems.length === 0) problems.push(...validateResources(resources));
  if (problems.length > 0) throw new InvalidInput(problems);
  return resources;
}

function readText(file: string, problems: Problem[]): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'there is no such file' : `it cannot be read: ${(error as Error).message}`;
    problems.push({ file, reason, remedy: 'Name the YAML files of the network' });
    return undefined;
  }
}

function readFile(file: string, text: string, resources: Resources, problems: Problem[]): void {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true });
  for (const document of documents as Document.Parsed[]) {
    for (const error of document.errors) {
      const [first] = error.message.split('\n');
      problems.push({
        file,
        line: lines.linePos(error.pos[0]).line,
        reason: `it is no valid YAML: ${first}`,
        remedy: 'Correct the line',
      });
    }
    if (document.errors.length === 0 && document.contents !== null)
      readDocument(file, document, lines, resources, problems);
  }
}

function readDocument(
  file: string,
  document: Document.Parsed,
  lines: LineCounter,
  resources: Resources,
  problems: Problem[],
): void {
  const source: Source = { file, line: (path) => lineOf(document, path, lines) };
  const value = document.toJS() as { apiVersion?: unknown; kind?: unknown; metadata?: { name?: unknown } } | null;
  if (!isMap(document.contents)) {
    problems.push({
      file,
      ...lineFor(source, []),
      reason: 'it is no object',
      remedy: `Begin it with "apiVersion: ${API_VERSION}"`,
    });
    return;
  }
  const kind = value?.kind;
  const object = `${String(kind)}/${String(value?.metadata?.name)}`;
  if (value?.apiVersion !== API_VERSION) {
    const reason = `has the unknown API version ${JSON.stringify(value?.apiVersion ?? null)}`;
    problems.push({
      file,
      ...lineFor(source, ['apiVersion']),
      object,
      field: 'apiVersion',
      reason,
      remedy: `Write ${API_VERSION}`,
    });
    return;
  }
  if (kind !== 'Site' && kind !== 'Hub' && kind !== 'SyncFolder') {
    const reason = `has the unknown kind ${JSON.stringify(kind ?? null)}`;
    problems.push({
      file,
      ...lineFor(source, ['kind']),
      object,
      field: 'kind',
      reason,
      remedy: 'Write Site, Hub or SyncFolder',
    });
    return;
  }
  const parsed = KINDS[kind].safeParse(value);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.flatMap((issue) => problemsOf(issue, object, source)));
    return;
  }
  const resource = { ...parsed.data, source };
  if (resource.kind === 'Site') resources.sites.push(resource);
  else if (resource.kind === 'Hub') resources.hubs.push(resource);
  else resources.folders.push(resource);
}

function problemsOf(issue: z.core.$ZodIssue, object: string, source: Source): Problem[] {
  const at = (path: PropertyKey[]) => ({ file: source.file, ...lineFor(source, path), object, field: fieldName(path) });
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const guess = nearest(key);
      const remedy = guess ? `Did you mean "${guess}"? Otherwise remove it` : 'Remove it';
      return { ...at([...issue.path, key]), reason: 'there is no such field', remedy };
    });
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined');
  const [reason, remedy] = issue.message.split(': ');
  return [
    {
      ...at(issue.path),
      reason: missing ? 'is missing' : reason!,
      remedy: missing ? 'Add it' : remedy ? `${remedy[0]!.toUpperCase()}${remedy.slice(1)}` : 'Correct it',
    },
  ];
}

function lineFor(source: Source, path: PropertyKey[]): { line?: number } {
  const line = source.line(path);
  return line === undefined ? {} : { line };
}

/** The line of a field, or of what encloses it when it is not written. */
function lineOf(document: Document.Parsed, path: PropertyKey[], lines: LineCounter): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}
