import { mergeLogs } from '../../agent/queries/merge-log.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { siteClients } from '../sites/client.ts';
import { parseFile } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

export async function log(text: string, options: { data: DataDir; json?: boolean }): Promise<void> {
  const { folder, path } = parseFile(text);
  const asked = await Promise.allSettled(
    siteClients(options.data).map(async (client) => ({ site: client.name, versions: await client.log(folder, path) })),
  );
  const answers = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (answers.length === 0) throw (asked[0] as PromiseRejectedResult).reason as Error;
  const versions = mergeLogs(answers);
  if (options.json) return printJson({ versions });
  if (versions.length === 0) throw new Error(`there is no version of ${text}`);
  const rows = versions.map((v) => [
    v.head ? `${v.version} *` : v.version,
    v.kind,
    v.kind === 'file' ? bytes(v.size) : '-',
    v.mtime,
    v.detectedAt,
    v.base ?? '-',
    v.keptAt.join(' ') || '-',
  ]);
  print(table(['VERSION', 'KIND', 'SIZE', 'MODIFIED', 'DETECTED', 'BASED ON', 'STORED AT'], rows));
}
