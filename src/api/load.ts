import { readFileSync } from 'node:fs';
import { LineCounter, parseAllDocuments } from 'yaml';
import { type InputProblem, InvalidInput } from '../base/invalid-input.ts';
import { type ParseState, readDocument } from './document.ts';
import { overlapsBetweenSites } from './overlaps.ts';
import type { Resources } from './schema.ts';
import { validateResources } from './validate.ts';

/**
 * Reads the resources in these YAML files. Throws {@link InvalidInput} with all problems of all files: unreadable files,
 * invalid fields, and what does not fit together.
 */
export const loadResources = (files: string[]): Resources => load(files, false);

/** The same for running them on one machine: also rejects what needs a cluster, and sites with overlapping directories. */
export const loadForMachine = (files: string[]): Resources => load(files, true);

/** What has no effect on one machine in these files, even if something else is wrong with them. */
export const notesForMachine = (files: string[]): InputProblem[] => read(files, true).notes;

function read(files: string[], machine: boolean): ParseState {
  const reading: ParseState = {
    resources: { sites: [], hubs: [], folders: [] },
    problems: [],
    notes: [],
    broken: new Set(),
    unknown: false,
    machine,
  };
  for (const file of files) readFile(file, reading);
  return reading;
}

function load(files: string[], machine: boolean): Resources {
  const reading = read(files, machine);
  const { resources, problems, broken, unknown } = reading;
  // Unless all names are known, every reference to a missing one would be reported as a second problem.
  if (!unknown) {
    const together = [...validateResources(resources), ...(machine ? overlapsBetweenSites(resources) : [])];
    problems.push(...together.filter((problem) => !isConsequence(problem, broken)));
  }
  if (problems.length > 0) throw new InvalidInput(problems);
  return resources;
}

/** Whether a rule complains about a spec that could not be read. */
function isConsequence({ object, field }: InputProblem, broken: Set<string>): boolean {
  return object !== undefined && broken.has(object) && field?.startsWith('spec') === true;
}

function readFile(file: string, reading: ParseState): void {
  const text = readText(file, reading);
  if (text === undefined) return;
  const lines = new LineCounter();
  for (const document of parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })) {
    for (const error of document.errors) {
      const [first] = error.message.split('\n');
      const { line } = lines.linePos(error.pos[0]);
      reading.problems.push({ file, line, reason: `it is not valid YAML: ${first}`, remedy: 'Correct the line' });
      reading.unknown = true;
    }
    if (document.errors.length === 0 && document.contents) readDocument(file, document, lines, reading);
  }
}

function readText(file: string, reading: ParseState): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'the file does not exist' : `it cannot be read: ${(error as Error).message}`;
    reading.problems.push({ file, reason, remedy: 'Specify the YAML files of the network' });
    reading.unknown = true;
    return undefined;
  }
}
