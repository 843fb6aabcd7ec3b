import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const PAGE = 'docs/benchmarks-scale.md';

export interface Scale {
  sites: number;
  hubs: number;
  folders: number;
  /** Seconds. */
  placed: number;
  /** MB. */
  memory: number;
  atRest: number;
  /** Writes by resource. */
  oneMore: Record<string, number>;
  /** Seconds. */
  restart: number;
}

/** Writes the page about the operator's scale. */
export async function writeScaleReport(scale: Scale): Promise<void> {
  const { sites, hubs, folders, placed, memory, atRest, oneMore, restart } = scale;
  const rows: [what: string, unit: string, goal: number, value: number][] = [
    ['from `kubectl apply` to all objects in place', 's', 180, placed],
    ['peak memory of the operator', 'MB', 250, memory],
    ['writes per minute at rest, except leases', '', 0, atRest],
    ['from a restart of the operator until it is idle', 's', 30, restart],
  ];
  const table = rows.map(([what, unit, goal, value]) => {
    const shown = value >= 100 ? value.toFixed(0) : value.toFixed(1);
    return `| ${what}${value > goal ? ' (**missed**)' : ''} | ${unit} | ≤ ${goal} | ${shown} |`;
  });
  const changes = Object.entries(oneMore).map(([resource, n]) => `${n} ${resource}`);
  writeFileSync(
    PAGE,
    `# The operator with many sites

Written by \`npm run bench:scale\` on ${new Date().toISOString().slice(0, 10)}: ${sites} Sites, of which ${hubs} are hubs, and ${folders} SyncFolders in one namespace.
${cpus().length} × ${cpus()[0]!.model}, ${Math.round(totalmem() / 2 ** 30)} GB; etcd and the API server run on the same CPUs as the operator. There are no pods: only the
operator's own work is measured.

| what | unit | goal | measured |
| --- | --- | --- | --- |
${table.join('\n')}

Adding a child with two hubs causes these writes: ${changes.join(', ')}.
`,
  );
  console.log(`written: ${PAGE}`);
}
