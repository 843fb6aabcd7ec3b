import { notesForMachine } from '../../api/load.ts';
import type { DataDir } from '../../local/data-dir.ts';
import { planFiles } from '../../local/plan-files.ts';
import { describePlan, type PlanDescription } from '../../topology/describe.ts';
import { removalsBy } from '../sites/removals.ts';
import { print, printJson, printNotes } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';
import { render as renderRemovals } from './retention.ts';

/** Shows what would run; for a running network also what its archives would lose by changed limits. */
export async function plan(files: string[], options: { data: DataDir; json?: boolean }): Promise<void> {
  printNotes(notesForMachine(files));
  const { sites } = planFiles(files, options.data);
  const description = describePlan(sites);
  const removals = await removalsBy(options.data, sites);
  if (options.json) printJson({ ...description, removals });
  else print([render(description), ...(removals.length > 0 ? [renderRemovals(removals)] : [])].join('\n\n'));
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
