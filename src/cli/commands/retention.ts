import type { Limits } from '../../agent/archive/retention.ts';
import type { RetentionPreview } from '../../agent/queries/retention.ts';
import { durationSeconds, sizeBytes } from '../../api/quantity.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { clientOf, NoAnswer, siteClients } from '../sites/client.ts';
import { parseTarget } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

interface Options {
  data: DataDir;
  at?: string;
  keep?: number;
  maxAge?: string;
  maxSize?: string;
  json?: boolean;
}

/** Shows what the limits would remove at each site that responds; exits with 1 if one does not. */
export async function retention(text: string, { data, at, json, ...given }: Options): Promise<void> {
  const { folder } = parseTarget(text);
  const limits: Partial<Limits> = {
    ...(given.keep !== undefined && { keep: given.keep }),
    ...(given.maxAge !== undefined && { maxAgeSeconds: durationSeconds(given.maxAge) }),
    ...(given.maxSize !== undefined && { maxBytes: sizeBytes(given.maxSize) }),
  };
  const clients = at === undefined ? siteClients(data) : [clientOf(data, at)];
  const holding = clients.filter(({ plan }) => plan.folders.some(({ name }) => name === folder));
  const errors: string[] = [];
  const previews: RetentionPreview[] = [];
  for (const client of holding.length > 0 ? holding : clients.slice(0, 1)) {
    try {
      previews.push(await client.retention(folder, limits));
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      errors.push(error.message);
    }
  }
  if (json) printJson({ previews, errors });
  else print([render(previews), ...errors].join('\n'));
  if (errors.length > 0) process.exitCode = 1;
}

/** A table of what would be removed, and a line for what has to wait. */
export function render(previews: RetentionPreview[]): string {
  const rows = previews.map(({ site, folder, removes, waits }) => [
    site,
    folder,
    removes.versions,
    bytes(removes.bytes),
    removes.oldest === undefined ? '-' : new Date(removes.oldest).toISOString(),
    waits.versions,
  ]);
  const waiting = previews.some(({ waits }) => waits.versions > 0);
  return [
    table(['SITE', 'FOLDER', 'WOULD REMOVE', 'SIZE', 'OLDEST REPLACED', 'WAITS'], rows),
    ...(waiting ? ['Waiting versions are kept until their successors are stored at two sites.'] : []),
  ].join('\n');
}
