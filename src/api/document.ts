import { type Document, isMap, type LineCounter } from 'yaml';
import type { z } from 'zod';
import type { InputProblem } from '../base/invalid-input.ts';
import { closestWord } from './closest-word.ts';
import { clusterOnly } from './cluster-fields.ts';
import { explainIssue } from './explain.ts';
import { fieldName } from './field.ts';
import { lineOf } from './lines.ts';
import { fieldsAt } from './openapi.ts';
import { API_VERSION, KINDS, type Kind, type Resources, type Source } from './schema.ts';

/** What was found in the files so far. */
export interface ParseState {
  resources: Resources;
  problems: InputProblem[];
  /** What has no effect. */
  notes: InputProblem[];
  /** Objects ("Site/brazil") of which `resources` has only the name: their spec is invalid. */
  broken: Set<string>;
  /** Whether there is an object whose kind or name is unknown. */
  unknown: boolean;
  /** Whether it will run on one machine: what needs an operator is then rejected or noted. */
  machine: boolean;
}

/** Adds the resource of one YAML document, or everything that is wrong with it. */
export function readDocument(file: string, document: Document.Parsed, lines: LineCounter, reading: ParseState): void {
  const source: Source = { file, line: (path) => lineOf(document, path, lines) };
  const unknown = (path: PropertyKey[], reason: string, remedy: string, object?: string) => {
    reading.unknown = true;
    const where = path.length > 0 ? { field: fieldName(path) } : {};
    reading.problems.push({ ...at(source, path), ...(object !== undefined && { object }), ...where, reason, remedy });
  };

  if (!isMap(document.contents))
    return unknown([], 'it is not an object', `Start it with "apiVersion: ${API_VERSION}"`);
  const value = contentOf(document);
  if (value instanceof Error) return unknown([], `it is not valid YAML: ${value.message}`, 'Write it without aliases');
  const { apiVersion, kind } = value;
  const object = nameOf(value);
  if (apiVersion !== API_VERSION) {
    const reason = `has the unknown API version ${JSON.stringify(apiVersion ?? null)}`;
    return unknown(['apiVersion'], reason, `Write ${API_VERSION}`, object);
  }
  if (!isKind(kind)) {
    const reason = `has the unknown kind ${JSON.stringify(kind ?? null)}`;
    return unknown(['kind'], reason, 'Write Site, Hub or SyncFolder', object);
  }
  if (reading.machine) {
    const { refused, noted } = clusterOnly(value, kind, object, source);
    reading.problems.push(...refused);
    reading.notes.push(...noted);
  }
  const parsed = KINDS[kind].safeParse(value);
  if (parsed.success) return add(parsed.data, source, reading);
  reading.problems.push(...parsed.error.issues.flatMap((issue) => problemsOf(issue, kind, object, source)));
  const bare = KINDS[kind].safeParse({ apiVersion, kind, metadata: value.metadata, spec: {} });
  if (!bare.success) reading.unknown = true;
  else {
    add(bare.data, source, reading);
    reading.broken.add(object);
  }
}

type Content = { apiVersion?: unknown; kind?: unknown; metadata?: unknown };

/** An alias may refer to no anchor, or expand to too much. */
function contentOf(document: Document.Parsed): Content | Error {
  try {
    return document.toJS() as Content;
  } catch (error) {
    return error as Error;
  }
}

/** "Site/brazil"; as much of it as there is. */
function nameOf({ kind, metadata }: Content): string {
  const name = (metadata as { name?: unknown } | null | undefined)?.name;
  return [kind, name].filter((part) => typeof part === 'string').join('/');
}

function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind);
}

function add(data: z.infer<(typeof KINDS)[Kind]>, source: Source, { resources }: ParseState): void {
  if (data.kind === 'Site') resources.sites.push({ ...data, source });
  else if (data.kind === 'Hub') resources.hubs.push({ ...data, source });
  else resources.folders.push({ ...data, source });
}

function problemsOf(issue: z.core.$ZodIssue, kind: Kind, object: string, source: Source): InputProblem[] {
  if (issue.code !== 'unrecognized_keys')
    return [{ ...at(source, issue.path), object, field: fieldName(issue.path), ...explainIssue(issue) }];
  return issue.keys.map((key) => {
    const path = [...issue.path, key];
    const guess = closestWord(key, fieldsAt(kind, issue.path));
    const remedy = guess ? `Did you mean "${guess}"? Otherwise remove it` : 'Remove it';
    return { ...at(source, path), object, field: fieldName(path), reason: 'is not a known field', remedy };
  });
}

function at(source: Source, path: PropertyKey[]): { file: string; line?: number } {
  const line = source.line(path);
  return { file: source.file, ...(line !== undefined && { line }) };
}
