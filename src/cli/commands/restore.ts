import type { DataDir } from '../../local/data-dir.ts';
import { clientOf } from '../client.ts';
import { print, printJson } from '../output.ts';
import { parseVersion } from '../target.ts';

export async function restore(text: string, options: { data: DataDir; at: string; json?: boolean }): Promise<void> {
  const { folder, path, version } = parseVersion(text);
  const made = await clientOf(options.data, options.at).restore(folder, path, version);
  if (options.json) printJson({ version: made });
  else print(`Restored as version ${made}; it is on its way to the other sites.`);
}
