import { readFile } from 'node:fs/promises';
import { structuredPatch } from 'diff';
import type { BytePath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import type { Diff } from '../contract/versions.ts';
import type { Page } from '../page.ts';

const MAX_BYTES = 1024 * 1024;
/** Two texts that have nothing in common would take minutes. */
const TIMEOUT_MS = 1000;

/** What differs between two versions of a text. Throws Refused where they are no texts, or too large. */
export async function diffOf(page: Page, folder: string, path: BytePath, from: string, to: string): Promise<Diff> {
  const [before, after] = [await textOf(page, folder, path, from), await textOf(page, folder, path, to)];
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, timeout: TIMEOUT_MS });
  if (!patch) throw new Refused('the two versions have too little in common to be compared: look at each of them');
  return {
    from,
    to,
    hunks: patch.hunks.map((hunk) => ({
      fromLine: hunk.oldStart,
      toLine: hunk.newStart,
      lines: hunk.lines
        .filter((line) => !line.startsWith('\\'))
        .map((line) => ({ is: MEANING[line[0]!] ?? 'same', text: line.slice(1) })),
    })),
  };
}

const MEANING: Record<string, Diff['hunks'][number]['lines'][number]['is']> = { '+': 'added', '-': 'removed' };

async function textOf(page: Page, folder: string, path: BytePath, version: string): Promise<string> {
  const file = await page.browse.open(folder, path, version);
  try {
    if (file.size > MAX_BYTES)
      throw new Refused(`${version} is larger than 1 MB: download both versions to compare them`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file.fsPath));
  } catch (error) {
    if (error instanceof TypeError) throw new Refused(`${version} is no text: download both versions to compare them`);
    throw error;
  } finally {
    file.close();
  }
}
