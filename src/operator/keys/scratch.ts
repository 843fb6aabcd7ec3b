import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Texts by file name, without directories: the data of a Secret. */
export type Files = Record<string, string>;

/**
 * Lets programs that need files work on the data of Secrets: writes each group to its own directory below a private
 * temporary one, runs `work`, and returns the groups as they are afterwards. Leaves nothing behind.
 */
export async function withFiles<G extends string>(
  groups: Record<G, Files>,
  work: (directories: Record<G, string>) => Promise<unknown>,
): Promise<Record<G, Files>> {
  const scratch = mkdtempSync(join(tmpdir(), 'sitesync-keys-'));
  const names = Object.keys(groups) as G[];
  const directories = Object.fromEntries(names.map((name) => [name, join(scratch, name)])) as Record<G, string>;
  try {
    for (const name of names) {
      mkdirSync(directories[name], { mode: 0o700 });
      for (const [file, text] of Object.entries(groups[name]))
        writeFileSync(join(directories[name], file), text, { mode: 0o600 });
    }
    await work(directories);
    return Object.fromEntries(names.map((name) => [name, readAll(directories[name])])) as Record<G, Files>;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readAll(directory: string): Files {
  const names = readdirSync(directory).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'utf8')]));
}
