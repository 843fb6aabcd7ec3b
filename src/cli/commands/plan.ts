import type { DataDir } from '../../local/data-dir.ts';
import { planFiles } from '../../local/plan-files.ts';
import { describePlan, type PlanDescription } from '../../topology/describe.ts';
import { print, printJson, table } from '../output.ts';

export function plan(files: string[], options: { data: DataDir; json?: boolean }): void {
  const description = describePlan(planFiles(files, options.data).sites);
  if (options.json) printJson(description);
  else print(render(description));
}

function render({ sites, routes }: PlanDescription): string {
  const portOf = (port: number | undefined) => port ?? '-';
  const first = (i: number, text: string) => (i === 0 ? text : '');
  const processes = sites.flatMap((site) =>
    site.processes.map(({ process, port }, i) => [first(i, site.name), first(i, site.role), process, portOf(port)]),
  );
  const pulls = sites.flatMap((site) =>
    site.pullsFrom.map((pull, i) => [first(i, site.name), pull.site, pull.through]),
  );
  const folders = sites.flatMap((site) =>
    site.folders.map(({ name, mode, path }, i) => [first(i, site.name), name, mode, path ?? 'in the data folder']),
  );
  return [
    table(['SITE', 'ROLE', 'PROCESS', 'PORT'], processes),
    table(['SITE', 'PULLS FROM', 'THROUGH'], pulls),
    table(['SITE', 'FOLDER', 'MODE', 'PATH'], folders),
    table(
      ['FROM', 'TO', 'ROUTE'],
      routes.map(({ from, to, path }) => [from, to, path.join(' → ')]),
    ),
  ].join('\n\n');
}
