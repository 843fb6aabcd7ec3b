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

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: every figure of this page is from one run on one machine, the peers' too.
${cpus().length} × ${cpus()[0]!.model}, ${memory} GB.
${versions.join(' · ')}.

A star of six: hubs h1 and h2, two children each, all on this machine. Seconds count from the end of writing. A ratio is
SiteSync's figure divided by the peer's: below 1 it needs less.

Measured apart: [the operator with a thousand sites](benchmarks-scale.md), [the page](benchmarks-page.md).
`;
}

function notes(): string {
  return `
- syncthing runs the same star of hubs and children, with \`fsWatcherDelayS=1\` and without relays, discovery and rate limits.
- lsyncd copies on one disk, without any link, with a delay of 1 s.
- rsync pulls the same file from the same daemon through the same ssh link, right after; it does not verify against a hash,
  and sends nothing to the disk meanwhile. Before the first hop can begin, the child hashes what was written: that is in the seconds, not in the rate.
- Before the large and the many files the page cache is filled, for every peer: a virtual machine pays for memory that it
  has to ask of its host, and that would fall on whoever is measured first.
- Load is the load average of the last minute when a line was measured, the measured programs included.
- Traffic is counted by a TCP proxy on each link: all that ssh sends, both directions together.
`;
}
