import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { median } from '../measure.ts';
import { type Size, slope } from './browser.ts';

const PAGE = 'docs/benchmarks-page.md';
/** The last measurements, so that a part can be measured alone. */
const FIGURES = 'hack/bench/page/figures.json';
/** Events that a page gets on a busy day: one every four seconds. */
const DAY = 21_600;
const MB = 1e6;

export interface Figures {
  speed: {
    /** Bytes. */
    scripts: number;
    /** ms. */
    click: number;
    load: number;
    /** Entries of the large directory, and ms for each run. */
    entries: number;
    large: { open: number[]; end: number[]; sort: number[] };
  };
  search: {
    /** Number of names that are searched. */
    heads: number;
    /** Medians. */
    asked: { what: string; ms: number }[];
  };
  watch: {
    minutes: number;
    changes: number;
    restarts: number;
    /** Events received by each page. */
    events: number;
    pages: { place: string; sizes: Size[] }[];
  };
}
interface Machine {
  on: string;
  cpu: string;
  memory: number;
  load: number;
}
type Kept = { [Part in keyof Figures]?: Figures[Part] & Machine };

const kept = (): Kept => (existsSync(FIGURES) ? (JSON.parse(readFileSync(FIGURES, 'utf8')) as Kept) : {});

/** Stores the measurements of a part, and the machine. */
export function keepFigures(figures: Partial<Figures>): void {
  const machine: Machine = {
    on: new Date().toISOString().slice(0, 10),
    cpu: `${cpus().length} × ${cpus()[0]!.model}`,
    memory: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0]!,
  };
  const now = Object.fromEntries(
    Object.entries(figures).map(([part, measured]) => [part, { ...machine, ...measured }]),
  );
  writeFileSync(FIGURES, `${JSON.stringify({ ...kept(), ...now }, undefined, 2)}\n`);
}

/** Writes the page of benchmarks. */
export async function writePageReport(): Promise<void> {
  const { speed, search, watch } = kept();
  writeFileSync(
    PAGE,
    `# The page of a site

Written by \`npm run bench:page\`, in a real Chromium without a screen, against a hub and a child that run beside it.

| what | unit | goal | measured |
| --- | --- | --- | --- |
${[...(speed ? speedRows(speed) : []), ...(search ? searchRows(search) : []), ...(watch ? watchRows(watch) : [])].map(lineOf).join('\n')}

${[...(speed ? [speedNotes(speed)] : []), ...(search ? [searchNotes(search)] : []), ...(watch ? [watchNotes(watch)] : [])].join('\n')}
`,
  );
  console.log(`written: ${PAGE}`);
}

type Row = [what: string, unit: string, goal: number | undefined, value: number];

function lineOf([what, unit, goal, value]: Row): string {
  const shown = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(1);
  const missed = goal !== undefined && value > goal ? ' (**missed**)' : '';
  return `| ${what}${missed} | ${unit} | ${goal === undefined ? '' : `≤ ${goal}`} | ${shown} |`;
}

const onMachine = ({ on, cpu, memory, load }: Machine) =>
  `${on}, ${cpu}, ${memory} GB, load average at the end ${load.toFixed(1)}`;
const inWords = (count: number) => Math.round(count).toLocaleString('en');

function speedRows({ scripts, click, load, entries, large }: Figures['speed']): Row[] {
  return [
    ['script of the first load, as it comes over the wire', 'KB', 100, scripts / 1000],
    ['a directory of 1,000 entries, from the click until it is painted', 'ms', 300, click],
    ['the same from its address, page and session included', 'ms', undefined, load],
    [`a directory of ${inWords(entries)} entries, from its address`, 'ms', undefined, median(large.open)],
    ['there: to the last entry by the key End', 'ms', undefined, median(large.end)],
    ['there: sorted by size', 'ms', undefined, median(large.sort)],
  ];
}

const speedNotes = (speed: Figures['speed'] & Machine) =>
  `- Times: ${onMachine(speed)}. Painted means: the second frame after all rows that can be seen show an entry. Medians of several runs.`;

const searchRows = ({ heads, asked }: Figures['search']): Row[] =>
  asked.map(({ what, ms }) => [`search among ${inWords(heads)} names: ${what}`, 'ms', 100, ms]);

const searchNotes = (search: Figures['search'] & Machine) =>
  `- Searches: ${onMachine(search)}. From the question to the answer, over HTTP, once all names have been read. Medians of several runs.`;

function watchRows(watch: Figures['watch']): Row[] {
  return watch.pages.flatMap(({ place, sizes }): Row[] => [
    [`left open for the ${inWords(DAY)} events of a busy day, ${place}: growth`, 'MB', 20, perDay(sizes, 'heap') / MB],
    [`${place}: growth in elements`, '', 100, perDay(sizes, 'nodes')],
    [`${place}: growth in listeners`, '', 10, perDay(sizes, 'listeners')],
  ]);

  /** Growth for the number of events in a day. */
  function perDay(sizes: Size[], key: keyof Size): number {
    const eventsPerLook = watch.events / sizes.length;
    return (slope(sizes.map((size) => size[key])) / Math.max(1, eventsPerLook)) * DAY;
  }
}

function watchNotes(watch: Figures['watch'] & Machine): string {
  const { minutes, changes, restarts, events, pages } = watch;
  const all = (key: keyof Size, shown: (value: number) => string) =>
    pages.map(({ place, sizes }) => `${place}: ${sizes.map((size) => shown(size[key])).join(', ')}`).join('; ');
  const scale =
    events >= DAY
      ? `a busy day has ${inWords(DAY)}, so no event is extrapolated, only the quiet hours between them`
      : `a busy day has ${(DAY / events).toFixed(1)} times as many, and the growth is multiplied by that`;
  return `- Growth: ${onMachine(watch)}. For ${inWords(minutes)} minutes files of the office changed, ${inWords(changes)} times; each open page was told in ${inWords(events)}
  events (${scale}). The agent of the office was killed ${restarts} times meanwhile, and the pages connected again. What they hold was measured ${pages[0]!.sizes.length} times at
  equal steps, after all garbage was collected; growth is the median slope between any two of these. The heap goes up and down by some 0.3 MB from look to look.
- As measured, heap in MB: ${all('heap', (value) => (value / MB).toFixed(2))}. Elements: ${all('nodes', String)}. Listeners: ${all('listeners', String)}.`;
}
