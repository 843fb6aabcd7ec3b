import { decodeApiPath } from '../../base/api-path.ts';
import { displayPath } from '../../base/bytes.ts';
import type { DataDir } from '../../local/data-dir.ts';
import type { HeldChange } from '../../web/contract/held.ts';
import { clientOf, type HeldFolders, type SiteClient, siteClients } from '../sites/client.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

/** Paths shown per folder; the page shows all of them. */
const SHOWN = 1000;

interface AtSite {
  site: string;
  folders: (HeldFolders[number] & { held?: HeldChange[] })[];
  error?: string;
}

export async function held(name: string | undefined, options: { data: DataDir; json?: boolean }): Promise<void> {
  const sites = name === undefined ? await askAll(options.data) : [await askOne(clientOf(options.data, name))];
  if (options.json) printJson({ sites });
  else print(render(sites));
  if (sites.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

function askAll(data: DataDir): Promise<AtSite[]> {
  return Promise.all(
    siteClients(data).map((client) =>
      client.held().then(
        (folders) => ({ site: client.name, folders }),
        (error: Error) => ({ site: client.name, folders: [], error: error.message }),
      ),
    ),
  );
}

async function askOne(client: SiteClient): Promise<AtSite> {
  const folders: AtSite['folders'] = [];
  for (const folder of await client.held()) {
    const changes: HeldChange[] = [];
    for (let cursor: string | undefined | null; cursor !== null && changes.length < SHOWN; ) {
      const page = await client.heldChanges(folder.folder, '', cursor);
      changes.push(...page.held);
      cursor = page.next;
    }
    folders.push({ ...folder, held: changes });
  }
  return { site: client.name, folders };
}

function render(sites: AtSite[]): string {
  const rows = sites.flatMap(({ site, folders }) =>
    folders.map((f) => [site, f.folder, f.changes, f.deletions, f.overwrites, bytes(f.bytes), f.since]),
  );
  const errors = sites.flatMap(({ error }) => error ?? []);
  if (rows.length === 0) return ['No changes are held.', ...errors].join('\n');
  const [site, folder] = rows[0]! as [string, string];
  const paths = sites.flatMap(({ folders }) => folders.flatMap((f) => f.held ?? []));
  const total = sites.flatMap(({ folders }) => folders).reduce((sum, { changes }) => sum + changes, 0);
  return [
    table(['SITE', 'FOLDER', 'CHANGES', 'DELETED', 'OVERWRITTEN', 'SIZE', 'SINCE'], rows),
    ...(paths.length > 0 ? ['', tableOf(sites)] : []),
    ...(paths.length > 0 && total > paths.length ? [`… and ${total - paths.length} more`] : []),
    '',
    `No other site sees these changes. "sitesync approve ${folder} --at ${site}" shares them, "sitesync reject ${folder} --at ${site}" undoes them;`,
    `use ${folder}:PATH for a single file or directory.`,
    ...errors,
  ].join('\n');
}

function tableOf(sites: AtSite[]): string {
  const rows = sites.flatMap(({ folders }) =>
    folders.flatMap(({ folder, held: changes }) =>
      (changes ?? []).map(({ path, kind, before, after }) => [
        kind,
        before.kind === 'file' ? bytes(before.size) : '-',
        after?.kind === 'file' ? bytes(after.size) : '-',
        `${folder}:${displayPath(decodeApiPath(path))}${before.kind === 'dir' ? '/' : ''}`,
      ]),
    ),
  );
  return table(['CHANGE', 'BEFORE', 'AFTER', 'PATH'], rows);
}
