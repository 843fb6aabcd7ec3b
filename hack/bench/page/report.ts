import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { median } from '../measure.ts';
import { type Size, slope } from './browser.ts';

const PAGE = 'docs/benchmarks-page.md';
/** Events that a page gets on a busy day: one every four seconds. */
const DAY = 21_600;
const MB = 1e6;

export interface PageFigures {
  /** Bytes. */
  scripts: number;
  /** ms. */
  click: number;
  load: number;
  /** Entries of the large directory, and ms for each run. */
  entries: number;
  large: { open: number[]; end: number[]; sort: number[] };
  watched: { changes: number; events: number; pages: { place: string; sizes: Size[] }[] };
}

/** Writes the page of figures of the page. */
export async function writePageReport(figures: PageFigures): Promise<void> {
  const { scripts, click, load, entries, large, watched } = figures;
  const many = entries.toLocaleString('en');
  const rows: [what: string, unit: string, goal: number | undefined, value: number][] = [
    ['script of the first load, as it comes over the wire', 'KB', 100, scripts / 1000],
    ['a directory of 1,000 entries, from the click until it is painted', 'ms', 300, click],
    ['the same from its address, page and session included', 'ms', undefined, load],
    [`a directory of ${many} entries, from its address`, 'ms', undefined, median(large.open)],
    ['there: to the last entry by the key End', 'ms', undefined, median(large.end)],
    ['there: sorted by size', 'ms', undefined, median(large.sort)],
    ...watched.pages.flatMap(({ place, sizes }): typeof rows => [
      [
        `left open for a day of ${DAY.toLocaleString('en')} events, ${place}: growth`,
        'MB',
        20,
        perDay(sizes, 'heap') / MB,
      ],
      [`${place}: growth in elements`, '', 100, perDay(sizes, 'nodes')],
    ]),
  ];
  const table = rows.map(([what, unit, goal, value]) => {
    const shown = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
    const missed = goal !== undefined && value > goal ? ' (**missed**)' : '';
    return `| ${what}${missed} | ${unit} | ${goal === undefined ? '' : `≤ ${goal}`} | ${shown} |`;
  });
  const heaps = watched.pages.map(
    ({ place, sizes }) => `${place}: ${sizes.map(({ heap }) => (heap / MB).toFixed(2)).join(', ')}`,
  );
  writeFileSync(
    PAGE,
    `# The page of a site

Written by \`npm run bench:page\` on ${new Date().toISOString().slice(0, 10)}, in a real Chromium without a screen, against a hub and a child that run beside it.
${cpus().length} × ${cpus()[0]!.model}, ${Math.round(totalmem() / 2 ** 30)} GB; load average at the end ${loadavg()[0]!.toFixed(1)}.

| what | unit | goal | measured |
| --- | --- | --- | --- |
${table.join('\n')}

- Painted means: the second frame after all rows that can be seen show an entry. Medians of several runs.
- Growth: files of the office changed ${watched.changes.toLocaleString('en')} times, of which each open page was told in ${Math.round(watched.events).toLocaleString('en')} events. What the page holds
  was measured ${watched.pages[0]!.sizes.length} times at equal steps, after all garbage was collected; the median slope between any two of these, for as many
  events as a busy day has. The heap goes up and down by
  some 0.3 MB from look to look, which alone makes up to 10 MB of such a slope. In MB, as measured: ${heaps.join('; ')}.
`,
  );
  console.log(`written: ${PAGE}`);

  /** Growth between two looks, for as many events as a day has. */
  function perDay(sizes: Size[], key: keyof Size): number {
    const eventsPerLook = watched.events / sizes.length;
    return (slope(sizes.map((size) => size[key])) / Math.max(1, eventsPerLook)) * DAY;
  }
}
