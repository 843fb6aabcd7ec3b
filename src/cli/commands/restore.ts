import type { RestoredLine } from '../../agent/api/restore.ts';
import { decodeApiPath } from '../../base/api-path.ts';
import { displayPath } from '../../base/bytes.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { clientOf, type RestoreTree } from '../sites/client.ts';
import { parseDirectory, parseTarget, parseVersion } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';

interface Options {
  data: DataDir;
  at: string;
  /** Unix ms. */
  asOf?: number;
  deleted?: boolean;
  to?: string;
  dryRun?: boolean;
  json?: boolean;
}

export async function restore(text: string, options: Options): Promise<void> {
  if (options.asOf !== undefined || options.deleted) return restoreBelow(text, options);
  for (const name of ['to', 'dryRun'] as const) {
    if (options[name] === undefined) continue;
    const reason = `--${name === 'to' ? 'to' : 'dry-run'} applies only with --as-of or --deleted`;
    throw new InvalidInput([{ reason, remedy: 'Add --as-of TIME or --deleted' }]);
  }
  const { folder, path, version } = parseVersion(text);
  const made = await clientOf(options.data, options.at).restore(folder, path, version);
  if (options.json) printJson({ version: made });
  else print(`Restored as version ${made}; now syncing to the other sites.`);
}

/** Restores everything below a target; exits with 1 if something was unavailable. */
async function restoreBelow(text: string, { data, at, json, ...options }: Options): Promise<void> {
  const { folder, path } = parseTarget(text);
  const { asOf, deleted = false, to, dryRun = false } = options;
  const wanted: RestoreTree = {
    folder,
    path,
    deleted,
    dryRun,
    ...(asOf !== undefined && { asOf }),
    ...(to !== undefined && { to: parseDirectory(to) }),
  };
  const count: Record<RestoredLine['is'], { paths: number; bytes: number }> = {
    would: { paths: 0, bytes: 0 },
    restored: { paths: 0, bytes: 0 },
    nowhere: { paths: 0, bytes: 0 },
    refused: { paths: 0, bytes: 0 },
  };
  const lines: unknown[] = [];
  for await (const line of clientOf(data, at).restoreTree(wanted)) {
    count[line.is].paths++;
    count[line.is].bytes += line.size;
    const shown = { ...line, path: displayPath(decodeApiPath(line.path)) };
    if (json) lines.push(shown);
    else print(describe(folder, shown));
  }
  if (json) printJson({ site: at, folder, dryRun, paths: lines, summary: count });
  else print(summaryOf(count, dryRun));
  if (count.nowhere.paths + count.refused.paths > 0) process.exitCode = 1;
}

const WORDS = { would: 'would restore', restored: 'restored', nowhere: 'UNAVAILABLE', refused: 'NOT RESTORED' };

function describe(folder: string, { is, path, kind, size, version, replaces, reason }: RestoredLine): string {
  const what = kind === 'dir' ? `${path}/` : path;
  const old = replaces ? ', current content goes to the archive' : '';
  const why = reason === undefined ? '' : `: ${reason}`;
  const origin = version.startsWith('.') ? '' : ` ${version}`;
  return `${WORDS[is]} ${folder}:${what} (${kind === 'file' ? bytes(size) : kind}${origin}${old})${why}`;
}

function summaryOf(count: Record<RestoredLine['is'], { paths: number; bytes: number }>, dryRun: boolean): string {
  const done = dryRun ? count.would : count.restored;
  const paths = done.paths === 1 ? '1 path' : `${done.paths} paths`;
  const rest = dryRun ? 'would be restored; nothing was changed' : 'restored; now syncing to the other sites';
  return [
    `${paths} (${bytes(done.bytes)}) ${rest}.`,
    ...(count.nowhere.paths > 0
      ? [`${count.nowhere.paths} are not available at any site that can be reached now.`]
      : []),
    ...(count.refused.paths > 0 ? [`${count.refused.paths} could not be written.`] : []),
  ].join('\n');
}
