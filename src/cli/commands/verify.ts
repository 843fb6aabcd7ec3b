import { setTimeout as delay } from 'node:timers/promises';
import type { VerifyRun } from '../../agent/api/verify.ts';
import { decodeApiPath } from '../../base/api-path.ts';
import { displayPath } from '../../base/bytes.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { clientOf, type SiteClient, siteClients } from '../sites/client.ts';
import { parseTarget, type Target } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

const POLL_MS = 500;

type Outcome = { site: string } & Partial<VerifyRun>;

/** Re-reads everything that the target names, at every site that holds it or at one, and shows what was damaged. */
export async function verify(
  text: string | undefined,
  options: { data: DataDir; at?: string; json?: boolean },
): Promise<void> {
  const target = text === undefined ? undefined : parseTarget(text);
  const holds = ({ plan }: SiteClient) => !target || plan.folders.some(({ name }) => name === target.folder);
  const clients =
    options.at === undefined ? siteClients(options.data).filter(holds) : [clientOf(options.data, options.at)];
  if (clients.length === 0)
    throw new InvalidInput([
      {
        object: `SyncFolder/${target?.folder}`,
        reason: 'does not exist at any site of this network',
        remedy: 'Use "sitesync ls" to list folders',
      },
    ]);
  const tell = progressOn(process.stderr, options.json === true);
  const outcomes = await Promise.all(clients.map((client) => verifyAt(client, target, tell)));
  tell(undefined);
  if (options.json) printJson({ sites: outcomes });
  else print(render(outcomes));
  if (outcomes.some(isBad)) process.exitCode = 1;
}

async function verifyAt(client: SiteClient, target: Target | undefined, tell: Tell): Promise<Outcome> {
  try {
    let run = await client.verify(target);
    while (run.state !== 'done') {
      await delay(POLL_MS);
      run = await client.verification(run.run);
      tell({ site: client.name, run });
    }
    return { site: client.name, ...run };
  } catch (error) {
    return { site: client.name, error: (error as Error).message };
  }
}

const isBad = ({ error, folders = [] }: Outcome) =>
  Boolean(error) || folders.some(({ damaged, failed }) => failed.length > 0 || damaged.some(({ healed }) => !healed));

type Tell = (news: { site: string; run: VerifyRun } | undefined) => void;

/** A progress line on a terminal; undefined removes it. */
function progressOn(out: NodeJS.WriteStream, isQuiet: boolean): Tell {
  if (isQuiet || !out.isTTY) return () => undefined;
  const read = new Map<string, { files: number; bytes: number }>();
  return (news) => {
    if (!news) return void out.write('\r\u001b[K');
    const files = news.run.folders.reduce((sum, one) => sum + one.files + one.archived, 0);
    read.set(news.site, { files, bytes: news.run.folders.reduce((sum, one) => sum + one.bytes, 0) });
    const all = [...read.values()];
    const total = { files: all.reduce((n, one) => n + one.files, 0), bytes: all.reduce((n, one) => n + one.bytes, 0) };
    out.write(`\r\u001b[K${total.files} files read, ${bytes(total.bytes)}`);
  };
}

function render(outcomes: Outcome[]): string {
  const rows = outcomes.flatMap(({ site, folders = [] }) =>
    folders.map(({ folder, files, archived, bytes: size, damaged }) => [
      site,
      folder,
      files,
      archived,
      bytes(size),
      damaged.length,
      damaged.filter(({ healed }) => healed).length,
    ]),
  );
  const findings = outcomes.flatMap(({ site, folders = [] }) =>
    folders.flatMap(({ folder, damaged, failed }) => [
      ...damaged.map(({ path, version, place, what, healed }) => {
        const name = `${folder}:${displayPath(decodeApiPath(path)) || '?'}`;
        const old = place === 'archive' ? `, old version ${version}` : '';
        return `${site}: ${name}${old}: ${what}; ${healed ? 'healed' : 'NOT HEALED: no reachable site has it'}`;
      }),
      ...failed.map((reason) => `${site}: ${folder}: ${reason}`),
    ]),
  );
  const errors = outcomes.flatMap(({ site, error }) =>
    error ? [error.startsWith(`${site}: `) ? error : `${site}: ${error}`] : [],
  );
  const rewritten = outcomes.flatMap(({ site, rowsRepaired }) =>
    rowsRepaired ? [`${site}: ${rowsRepaired} journal rows differed from a neighbour's and were copied again`] : [],
  );
  const lines = [...findings, ...rewritten, ...errors];
  const head = ['SITE', 'FOLDER', 'FILES', 'ARCHIVED', 'SIZE', 'DAMAGED', 'HEALED'];
  return [table(head, rows), ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}
