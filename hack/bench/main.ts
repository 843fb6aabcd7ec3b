import { Command } from 'commander';
import { type CaseName, cases } from './cases.ts';
import { writeReport } from './report.ts';
import type { Row } from './star.ts';

const names = Object.keys(cases) as CaseName[];
const program = new Command('npm run bench --')
  .description('Measures SiteSync and its peers, and writes docs/benchmarks.md when all cases ran.')
  .option('--only <cases>', `some of ${names.join(', ')}`, (text) => text.split(',') as CaseName[], names)
  .option('--runs <n>', 'number of repetitions, of which the median is kept', Number, 3)
  .parse();
const { only, runs } = program.opts<{ only: CaseName[]; runs: number }>();
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0 || !(runs >= 1)) {
  program.error(unknown.length > 0 ? `no such case: ${unknown.join(', ')}` : '--runs is not a number of 1 or more');
}

const rows: Row[] = [];
for (const name of only) {
  for (const row of await cases[name](runs, (line) => console.error(`  ${line}`))) {
    rows.push(row);
    const peers = Object.entries(row.peers).map(([peer, value]) => `${peer} ${value ?? '-'}`);
    console.log(
      `${row.met ? 'ok  ' : 'MISS'} ${row.what}: ${row.sitesync} ${row.unit} (goal ${row.goal}) ${peers.join(', ')}`,
    );
  }
}
if (only.length === names.length) await writeReport(rows);
