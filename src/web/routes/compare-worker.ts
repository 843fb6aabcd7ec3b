import { parentPort, workerData } from 'node:worker_threads';
import { structuredPatch } from 'diff';
import type { Hunks } from './compare.ts';

/** More would be useless to the user, and make the page slow. */
const MAX_LINES = 10_000;

const MEANING: Record<string, Hunks[number]['lines'][number]['is']> = { '+': 'added', '-': 'removed' };

/** The thread of compare.ts: takes two texts, returns the differences, or null when there are too many. */
const { before, after } = workerData as { before: string; after: string };
const patch = structuredPatch('', '', before, after, '', '', { context: 3 });
const lines = patch.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
const hunks: Hunks = patch.hunks.map((hunk) => ({
  fromLine: hunk.oldStart,
  toLine: hunk.newStart,
  lines: hunk.lines
    .filter((line) => !line.startsWith('\\'))
    .map((line) => ({ is: MEANING[line[0]!] ?? 'same', text: line.slice(1) })),
}));
parentPort!.postMessage(lines > MAX_LINES ? null : hunks);
