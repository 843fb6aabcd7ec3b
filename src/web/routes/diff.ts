import { readFile } from 'node:fs/promises';
import type { BytePath } from '../../base/bytes.ts';
import { refuse } from '../contract/refusals.ts';
import type { Diff } from '../contract/versions.ts';
import { compareTexts } from './compare.ts';
import type { Page } from './page.ts';

const MAX_BYTES = 1024 * 1024;

/** The differences between two versions of a text file. Throws Refused when they are not text, too large, or too different. */
export async function diffOf(page: Page, folder: string, path: BytePath, from: string, to: string): Promise<Diff> {
  const [before, after] = [await textOf(page, folder, path, from), await textOf(page, folder, path, to)];
  const hunks = await compareTexts(before, after);
  if (!hunks) throw refuse('tooDifferent');
  return { from, to, hunks };
}

async function textOf(page: Page, folder: string, path: BytePath, version: string): Promise<string> {
  const file = await page.browse.open(folder, path, { version });
  try {
    if (file.size > MAX_BYTES) throw refuse('tooLarge', { version });
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file.fsPath));
  } catch (error) {
    if (error instanceof TypeError) throw refuse('noText', { version });
    throw error;
  } finally {
    file.close();
  }
}
