import { type MergedWhy, mergeWhy } from '../../agent/queries/merge-why.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { clientOf, NoAnswer, Refusal, siteClients } from '../sites/client.ts';
import { parseFile } from '../sites/target.ts';
import { bytes, print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

export async function why(text: string, options: { data: DataDir; site?: string; json?: boolean }): Promise<void> {
  const { folder, path } = parseFile(text);
  if (options.site !== undefined) clientOf(options.data, options.site);
  const asked = await Promise.all(
    siteClients(options.data).map((client) =>
      client.why(folder, path).then(
        (answer) => ({ site: client.name, answer }),
        (error: Error) => ({
          site: client.name,
          error,
          unknownThere: error instanceof Refusal && error.status === 404,
        }),
      ),
    ),
  );
  const merged = mergeWhy(asked);
  if (!merged)
    throw (
      asked.flatMap((one) => ('error' in one ? [one.error] : [])).sort(refusalsFirst)[0] ??
      new Error('no site was queried')
    );
  const sites = merged.sites.filter(({ site }) => options.site === undefined || site === options.site);
  const shown = { ...merged, sites };
  if (options.json) printJson(shown);
  else print(render(shown));
}

/** "There is no such file" says more than "one site is not running". */
const refusalsFirst = (a: Error, b: Error) => Number(a instanceof NoAnswer) - Number(b instanceof NoAnswer);

function render({ path, head, sites }: MergedWhy): string {
  const rows = sites.map((site) => [
    site.site,
    site.percent === undefined ? site.state : `${site.state}, ${site.percent} %`,
    site.since ?? '-',
    site.error ?? '-',
    site.next,
  ]);
  const size = head.kind === 'file' ? `, ${bytes(head.size)}` : '';
  return [
    `${path}: version ${head.version} (${head.kind}${size}) made at ${head.origin}, detected there ${head.detectedAt}`,
    '',
    table(['SITE', 'STATE', 'SINCE', 'ERROR', 'NEXT'], rows),
  ].join('\n');
}
