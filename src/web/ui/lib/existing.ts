import { signal } from '@preact/signals';
import type { Existing, ExistingEntries } from '../../contract/change.ts';
import { post } from './api.ts';

/** How to upload a file: which version it replaces ('' = none), or that it takes another name if its own is taken. */
export type Decision = { base: string; keepBoth: boolean } | 'skip' | 'same';

export type Choice = 'replace' | 'keepBoth' | 'skip';

/** A file whose name is taken by something else. */
export interface Clash {
  name: string;
  file: File;
  there: Existing;
  /** Others after it. */
  left: number;
  answer(choice: Choice, forAll: boolean): void;
}

/** What the user is asked now. */
export const clash = signal<Clash | undefined>();

interface Wanted {
  file: File;
  name: string;
  path: string;
}

/** Maximum number of names per request. */
const AT_ONCE = 1000;
/** Hashing reads the whole file into memory. */
const HASHED = 256 * 1024 * 1024;

/**
 * Decides for each file how to upload it: asks the site what is there now, leaves out what has the same content, and asks
 * the user about the rest. Refused if the site does not answer.
 */
export async function decide(folder: string, wanted: Wanted[]): Promise<Decision[]> {
  const there = new Map<string, Existing>();
  for (let i = 0; i < wanted.length; i += AT_ONCE) {
    const paths = wanted.slice(i, i + AT_ONCE).map(({ path }) => path);
    const { entries } = await post<ExistingEntries>(`/folders/${folder}/existing`, { paths });
    for (const entry of entries) there.set(entry.path, entry);
  }
  const decisions: (Decision | undefined)[] = [];
  for (const { file, path } of wanted) {
    const entry = there.get(path);
    decisions.push(!entry ? { base: '', keepBoth: false } : (await isSame(file, entry)) ? 'same' : undefined);
  }
  const mine = asking.then(() => ask(wanted, there, decisions));
  asking = mine;
  return mine;
}

/** One question at a time, also if several uploads begin at once. */
let asking: Promise<unknown> = Promise.resolve();

async function ask(
  wanted: Wanted[],
  there: Map<string, Existing>,
  decided: (Decision | undefined)[],
): Promise<Decision[]> {
  const all: { files?: Choice; others?: Choice } = {};
  const decisions: Decision[] = [];
  for (const [i, { file, name, path }] of wanted.entries()) {
    const known = decided[i];
    if (known !== undefined) {
      decisions.push(known);
      continue;
    }
    const entry = there.get(path)!;
    // A directory or a link cannot be replaced: "replace, for all" is no answer about them.
    const group = entry.kind === 'file' ? 'files' : 'others';
    const left = decided.slice(i + 1).filter((one) => one === undefined).length;
    const choice = all[group] ?? (await answerTo({ name, file, there: entry, left }, (one) => void (all[group] = one)));
    decisions.push(decisionOf(choice, entry));
  }
  return decisions;
}

function answerTo(about: Omit<Clash, 'answer'>, forAll: (choice: Choice) => void): Promise<Choice> {
  return new Promise((resolve) => {
    clash.value = {
      ...about,
      answer(choice, isForAll) {
        clash.value = undefined;
        if (isForAll) forAll(choice);
        resolve(choice);
      },
    };
  });
}

function decisionOf(choice: Choice, { version }: Existing): Decision {
  if (choice === 'skip') return 'skip';
  return choice === 'replace' ? { base: version, keepBoth: false } : { base: '', keepBoth: true };
}

/** Whether the file has the content that is there. Where that cannot be found out, the site does after the upload. */
async function isSame(file: File, { kind, size, sha256 }: Existing): Promise<boolean> {
  if (kind !== 'file' || sha256 === null || size !== file.size || size > HASHED || !crypto.subtle) return false;
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return sha256 === [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
