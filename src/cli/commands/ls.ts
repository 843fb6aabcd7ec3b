import type { DataDir } from '../../local/data-dir.ts';
import { clientOf } from '../sites/client.ts';
import { parseTarget } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

export async function ls(site: string, text: string, options: { data: DataDir; json?: boolean }): Promise<void> {
  const { folder, path } = parseTarget(text);
  const entries = await clientOf(options.data, site).ls(folder, path);
  if (options.json) return printJson({ entries });
  if (entries.length === 0) return print(`Nothing found in ${text} at ${site}.`);
  const rows = entries.map((entry) => [
    entry.kind === 'dir' ? `${entry.name}/` : entry.name,
    entry.kind === 'file' ? bytes(entry.size) : '-',
    entry.mtime,
    entry.version,
    ...entry.sites.map(({ has }) => (has ? 'has' : 'lacks')),
  ]);
  const head = ['NAME', 'SIZE', 'MODIFIED', 'VERSION', ...entries[0]!.sites.map((s) => s.site.toUpperCase())];
  print(table(head, rows));
}
