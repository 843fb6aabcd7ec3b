import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { execa } from 'execa';
import type { Row } from './star.ts';

const PAGE = 'docs/benchmarks.md';

/** Writes the report. A ratio below 1 means that SiteSync needs less. */
export async function writeReport(rows: Row[]): Promise<void> {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const head = ['what', 'unit', 'goal', 'SiteSync', ...peers.flatMap((peer) => [peer, `ratio to ${peer}`]), 'load'];
  const body = rows.map((row) => [
    row.met ? row.what : `${row.what} (**missed**)`,
    row.unit,
    row.goal,
    String(row.sitesync),
    ...peers.flatMap((peer) => {
      const value = row.peers[peer];
      return value === undefined ? ['', ''] : [String(value), (row.sitesync / value).toPrecision(2)];
    }),
    row.load.toFixed(1),
  ]);
  const table = [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  writeFileSync(PAGE, `${await preface()}\n${table}\n${notes()}`);
  console.log(`written: ${PAGE}`);
}

async function preface(): Promise<string> {
  const version = async (command: string, ...args: string[]) =>
    (await execa(command, args)).stdout
      .split('\n')[0]!
      .replace(/^(\S+ +v?\S+ *\S* *\S*).*$/, '$1')
      .trim();
  const versions = [
    `Node ${process.version}`,
    await version('mariadbd', '--version'),
    await version('rsync', '--version'),
    await version('syncthing', '--version'),
    await version('lsyncd', '--version'),
  ];
  const memory = Math.round(totalmem() / 2 ** 30);
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: all figures, including the peers', come from one run on one machine.
${cpus().length} × ${cpus()[0]!.model}, ${memory} GB.
${versions.join(' · ')}.

A star of six: hubs h1 and h2, two children each, all on this machine. Times are measured from the end of writing. A ratio is
SiteSync's figure divided by the peer's: below 1, SiteSync needs less.

Measured separately: [the operator with a thousand sites](benchmarks-scale.md), [the page](benchmarks-page.md).
`;
}

function notes(): string {
  return `
- syncthing runs the same star of hubs and children, with \`fsWatcherDelayS=1\` and without relays, discovery and rate limits.
- lsyncd copies between directories on one disk, without a link, with a delay of 1 s.
- rsync then pulls the same file from the same daemon through the same ssh link; it neither verifies a hash nor flushes to
  disk. Before the first hop starts, the child hashes the new file: this is included in the times, not in the rate.
- The page cache is filled before the cases with large or many files, for every peer: a virtual machine that must request
  memory from its host is slower, which would affect whatever is measured first.
- Load is the load average of the last minute at the time of measurement, including the measured programs.
- Traffic is counted by a TCP proxy on each link: everything that ssh sends, both directions together.
`;
}
